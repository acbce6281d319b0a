import { type AttributeValue, compareValues } from '../attributes/attribute-value.ts'

/**
 * The values of one type between two ends. Without an end it goes on to the end of the type; without both it holds every
 * value of every type. An absent end counts as open.
 */
export interface ValueRange {
  readonly low?: AttributeValue
  readonly lowOpen: boolean
  readonly high?: AttributeValue
  readonly highOpen: boolean
}

/** Every value. */
export const anyValue: ValueRange = { lowOpen: true, highOpen: true }

/** Just one value. */
export function pointRange(value: AttributeValue): ValueRange {
  return { low: value, lowOpen: false, high: value, highOpen: false }
}

/** The values of one type up to an end. */
export function rangeBelow(high: AttributeValue, highOpen: boolean): ValueRange {
  return { lowOpen: true, high, highOpen }
}

/** The values of one type from an end on. */
export function rangeAbove(low: AttributeValue, lowOpen: boolean): ValueRange {
  return { low, lowOpen, highOpen: true }
}

/** Whether one of the ranges holds the value. */
export function rangesContain(ranges: readonly ValueRange[], value: AttributeValue): boolean {
  return ranges.some((range) => rangeContains(range, value))
}

/** The same values as disjoint ranges in ascending order. All ranges are of one type, or hold any value. */
export function unionRanges(ranges: readonly ValueRange[]): readonly ValueRange[] {
  const sorted = [...ranges].sort(compareLows)
  const union: ValueRange[] = []
  for (const range of sorted) {
    const last = union.at(-1)
    if (last === undefined || isGap(last, range)) union.push(range)
    else union[union.length - 1] = withHigh(last, compareHighs(last, range) < 0 ? range : last)
  }
  return union
}

function rangeContains({ low, lowOpen, high, highOpen }: ValueRange, value: AttributeValue): boolean {
  const end = low ?? high
  if (end !== undefined && typeof end !== typeof value) return false
  if (low !== undefined && (lowOpen ? value <= low : value < low)) return false
  return high === undefined || (highOpen ? value < high : value <= high)
}

/** Whether nothing of `next`, which does not start before `range`, touches it. */
function isGap(range: ValueRange, next: ValueRange): boolean {
  if (range.high === undefined || next.low === undefined) return false
  const order = compareValues(range.high, next.low)
  return order < 0 || (order === 0 && range.highOpen && next.lowOpen)
}

function withHigh(range: ValueRange, { high, highOpen }: ValueRange): ValueRange {
  const low = range.low === undefined ? {} : { low: range.low }
  return { ...low, lowOpen: range.lowOpen, ...(high === undefined ? {} : { high }), highOpen }
}

function compareLows(a: ValueRange, b: ValueRange): number {
  if (a.low === undefined || b.low === undefined) return Number(a.low !== undefined) - Number(b.low !== undefined)
  return compareValues(a.low, b.low) || Number(a.lowOpen) - Number(b.lowOpen)
}

function compareHighs(a: ValueRange, b: ValueRange): number {
  if (a.high === undefined || b.high === undefined) return Number(a.high === undefined) - Number(b.high === undefined)
  return compareValues(a.high, b.high) || Number(b.highOpen) - Number(a.highOpen)
}

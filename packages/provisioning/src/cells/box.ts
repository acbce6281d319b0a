import type { Interval } from './axis.ts'
import { type Cell, partsPerDimension, type Step } from './cell.ts'

/** From the first position to before the last; up to 1 it holds 1 as well. */
export type Side = readonly [from: number, to: number]

/** The sides of a part of the space, by dimension. */
export type Box = readonly Side[]

/** The box of a cell. Steps beyond what is left leave nothing. */
export function boxOf({ places, steps }: Cell): Box {
  const grid: Box = places.map((place) => (place === '*' ? [0, 1] : sideOf(place)))
  return steps.reduce(halfOf, grid)
}

/** The parts of a dimension. */
export const parts: readonly number[] = Array.from({ length: partsPerDimension }, (_, part) => part)

/** From where to where a part of a dimension reaches. */
export function sideOf(part: number): Side {
  return [part / partsPerDimension, (part + 1) / partsPerDimension]
}

/** The part of a dimension that holds a position: the one whose side does. */
export function partAt(position: number): number {
  let part = partsPerDimension - 1
  while (part > 0 && position < part / partsPerDimension) part--
  return part
}

/** Whether a box holds a point: a position for each of its sides. */
export function boxHolds(box: Box, point: readonly number[]): boolean {
  for (let index = 0; index < box.length; index++) if (!sideHolds(box[index] as Side, point[index] as number)) return false
  return true
}

/** Whether an interval and a side have a position in common. */
export function sideTouches([from, to]: Side, [first, last]: Interval): boolean {
  return last >= from && (first < to || to === 1)
}

/** Whether two sides have a position in common. */
export function sidesMeet([from, to]: Side, [otherFrom, otherTo]: Side): boolean {
  return Math.max(from, otherFrom) < Math.min(to, otherTo)
}

/** What a step leaves of a box. */
export function halfOf(box: Box, [dimension, half, at]: Step): Box {
  return box.map((side, index) => {
    if (index !== dimension) return side
    return half === '<' ? [side[0], Math.min(side[1], at)] : [Math.max(side[0], at), side[1]]
  })
}

function sideHolds([from, to]: Side, position: number): boolean {
  return position >= from && (position < to || to === 1)
}

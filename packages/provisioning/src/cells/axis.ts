import { type AttributeValue, type Dimension, isValuesDimension, rangesContain, type ValueRange } from '@cloudpeer/model'

/** Positions from the first to the last, both included. */
export type Interval = readonly [from: number, to: number]

/** How far a logarithm may be off: it is not monotone to the last bit, and not the same on every machine. */
const logarithmError = 1e-9

/** A dimension as positions between 0 and 1; equal or larger values have equal or larger positions. */
export interface Axis {
  readonly attribute: string
  /** Where a value is; 0 where there is none. */
  position(value: AttributeValue | undefined): number
  /** Where the values of some ranges are, and maybe others. */
  intervals(ranges: readonly ValueRange[]): readonly Interval[]
}

/** The axis of a dimension. */
export function createAxis(dimension: Dimension): Axis {
  return isValuesDimension(dimension) ? axisOfValues(dimension.attribute, dimension.values) : axisOfNumbers(dimension)
}

/** Each value has an equal part of the axis; all those that are not declared are at its end. */
function axisOfValues(attribute: string, values: readonly AttributeValue[]): Axis {
  const at = (place: number): number => (place < 0 ? 1 : (place + 0.5) / values.length)
  const position = (value: AttributeValue | undefined): number => (value === undefined ? 0 : at(values.indexOf(value)))
  return {
    attribute,
    position,
    intervals(ranges) {
      const declared = values.filter((value) => rangesContain(ranges, value)).map(position)
      const mayHoldOthers = ranges.some((range) => range.low === undefined || range.low !== range.high || !values.includes(range.low))
      return [...declared, ...(mayHoldOthers ? [1] : [])].map((place) => [place, place])
    }
  }
}

function axisOfNumbers({ attribute, min, max, scale }: Exclude<Dimension, { readonly values: unknown }>): Axis {
  const error = scale === 'log' ? logarithmError : 0
  const along = scale === 'log' ? Math.log : (value: number): number => value
  const start = along(min)
  const length = along(max) - start
  const at = (value: AttributeValue): number => {
    // A value of another type satisfies no comparison with a number: it may be anywhere.
    if (typeof value !== 'number' || value <= min) return 0
    return value >= max ? 1 : (along(value) - start) / length
  }
  return {
    attribute,
    position: (value) => (value === undefined ? 0 : at(value)),
    intervals: (ranges) =>
      ranges.map(({ low, high }) => [low === undefined ? 0 : at(low) - error, high === undefined ? 1 : at(high) + error])
  }
}

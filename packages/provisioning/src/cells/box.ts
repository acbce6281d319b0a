import type { Interval } from './axis.ts'
import { type Cell, partsPerDimension } from './cell.ts'

/** From the first position to before the last; up to 1 it holds 1 as well. */
export type Side = readonly [from: number, to: number]

/** The sides of a part of the space, by dimension. */
export type Box = readonly Side[]

/** The box of a cell of the base grid, whatever its path. */
export function boxOfGrid({ places }: Cell): Box {
  return places.map((place) => (place === '*' ? [0, 1] : [place / partsPerDimension, (place + 1) / partsPerDimension]))
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

/** The lower or upper part of a box that is cut in a dimension. */
export function halfOf(box: Box, dimension: number, at: number, bit: string): Box {
  return box.map((side, index) => (index !== dimension ? side : bit === '0' ? [side[0], at] : [at, side[1]]))
}

function sideHolds([from, to]: Side, position: number): boolean {
  return position >= from && (position < to || to === 1)
}

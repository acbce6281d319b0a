import { boxOf, parts, sideOf, sidesMeet } from './box.ts'
import { type Cell, formatCell } from './cell.ts'

/** The texts of the base cells that a cell shares owners with, in order. */
export function baseCellsBelow(cell: Cell): readonly string[] {
  let below: readonly (readonly number[])[] = [[]]
  for (const side of boxOf(cell)) {
    const met = parts.filter((part) => sidesMeet(sideOf(part), side))
    below = below.flatMap((before) => met.map((part) => [...before, part]))
  }
  return below.map((places) => formatCell({ places, steps: [] }))
}

/** The texts of all base cells of a space of so many dimensions: 729 at most. */
export function allBaseCells(dimensions: number): readonly string[] {
  return baseCellsBelow({ places: Array.from({ length: dimensions }, () => '*' as const), steps: [] })
}

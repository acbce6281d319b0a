import { boxHolds, boxOf, parts, sideOf, sideTouches } from './box.ts'
import { type Cell, gridOf, parseCell } from './cell.ts'
import { type Region, regionTouches } from './region.ts'
import type { Point, Space } from './space.ts'
import { halvesOf, type Part, type SplitTrees, wholePart } from './split-tree.ts'

type Places = Cell['places']

/**
 * The cells in which a request waits, as text: those that may hold an owner which satisfies it, `max` at most, none in another. First the base
 * cells that the region touches; while these are too many the dimension in which they are most is taken as a whole (`*`), of equal
 * ones the last; while there is room cells are replaced by the parts of their split trees. A region of nothing touches no cell.
 * An owner that satisfies the request is in exactly one of them, whatever trees are known.
 */
export function cellsCovering(space: Space, region: Region, trees: SplitTrees, max: number): readonly string[] {
  const collapsed = new Set<number>()
  let places = placesTouched(space, region, collapsed)
  while (places.length > max) {
    collapsed.add(widest(space, region, collapsed))
    places = placesTouched(space, region, collapsed)
  }
  return refined(
    places.map((each) => ({ places: each, steps: [] })),
    region,
    trees,
    max
  )
}

/** Tells whether an owner at a point is in a cell, for as long as the space stays. */
export function membershipOf(cell: string, { axes }: Space): (point: Point) => boolean {
  const parsed = parseCell(cell, axes.length)
  if (parsed === undefined) return () => false
  const box = boxOf(parsed)
  return (point) => boxHolds(box, point)
}

function placesTouched({ axes }: Space, region: Region, collapsed: ReadonlySet<number>): readonly Places[] {
  const found = new Map<string, Places>()
  for (const alternative of region) {
    let places: readonly Places[] = [[]]
    axes.forEach((_, dimension) => {
      const parts = collapsed.has(dimension) ? (['*'] as const) : partsTouched([alternative], dimension)
      places = places.flatMap((before) => parts.map((part) => [...before, part]))
    })
    for (const each of places) found.set(each.join('.'), each)
  }
  return [...found.values()]
}

/** The parts of one dimension that a region touches. */
function partsTouched(region: Region, dimension: number): readonly number[] {
  return parts.filter((part) => {
    const side = sideOf(part)
    return region.some((dimensions) => dimensions[dimension]?.every((intervals) => intervals.some((each) => sideTouches(side, each))))
  })
}

function widest({ axes }: Space, region: Region, collapsed: ReadonlySet<number>): number {
  const widths = axes.map((_, dimension) => (collapsed.has(dimension) ? 0 : partsTouched(region, dimension).length))
  return widths.lastIndexOf(Math.max(...widths))
}

/** Goes down the split trees, the cells that are least deep first, for as long as there is room. */
function refined(cells: readonly Cell[], region: Region, trees: SplitTrees, max: number): readonly string[] {
  const done: string[] = []
  const open: Part[] = cells.map(wholePart)
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const touched = halvesOf(trees.get(gridOf(next.text)), next).filter(({ box }) => regionTouches(region, box))
    if (touched.length === 0 || done.length + open.length + touched.length > max) done.push(next.text)
    else open.push(...touched)
  }
  return done
}

import { type Box, boxHolds, boxOfGrid, halfOf, sideTouches } from './box.ts'
import { type Cell, formatCell, gridOf, parseCell, partsPerDimension } from './cell.ts'
import { type Region, regionTouches } from './region.ts'
import type { Point, Space } from './space.ts'
import { cutAt, partHolds, type SplitTrees } from './split-tree.ts'

type Places = Cell['places']

/**
 * The cells in which a request waits, as text: those that may hold an owner which satisfies it, `max` at most, none in another. First the base
 * cells that the region touches; while these are too many the dimension in which they are most is taken as a whole (`*`), of equal
 * ones the last; while there is room base cells are replaced by the parts of their split trees. A region of nothing touches no cell.
 * With all cells of a network placed alike, an owner that satisfies the request is in exactly one of them.
 */
export function cellsCovering(space: Space, region: Region, trees: SplitTrees, max: number): readonly string[] {
  const collapsed = new Set<number>()
  let places = placesTouched(space, region, collapsed)
  while (places.length > max) {
    collapsed.add(widest(space, region, collapsed))
    places = placesTouched(space, region, collapsed)
  }
  return refined(
    places.map((each) => ({ places: each, path: '' })),
    region,
    trees,
    max
  )
}

/** Tells whether an owner at a point is in a cell, for as long as the space and the cell's split tree stay. */
export function membershipOf(cell: string, { axes }: Space, trees: SplitTrees): (point: Point) => boolean {
  const parsed = parseCell(cell, axes.length)
  if (parsed === undefined) return () => false
  const box = boxOfGrid(parsed)
  const tree = trees.get(gridOf(cell))
  return (point) => boxHolds(box, point) && partHolds(tree, parsed.path, point)
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
  const parts = Array.from({ length: partsPerDimension }, (_, part) => part)
  return parts.filter((part) => {
    const side = [part / partsPerDimension, (part + 1) / partsPerDimension] as const
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
  const open: { readonly cell: Cell; readonly box: Box }[] = cells.map((cell) => ({ cell, box: boxOfGrid(cell) }))
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { cell, box } = next
    const text = formatCell(cell)
    const cut = cutAt(trees.get(gridOf(text)), cell.path)
    const parts = cut === undefined ? [] : partsOf(cell, box, cut[1], cut[2]).filter((part) => regionTouches(region, part.box))
    if (parts.length === 0 || done.length + open.length + parts.length > max) done.push(text)
    else open.push(...parts)
  }
  return done
}

function partsOf(cell: Cell, box: Box, dimension: number, at: number): readonly { readonly cell: Cell; readonly box: Box }[] {
  return ['0', '1'].map((bit) => ({ cell: { ...cell, path: cell.path + bit }, box: halfOf(box, dimension, at, bit) }))
}

import { CloudError, compareText } from '@cloudpeer/core'
import { type Box, boxOf, halfOf } from './box.ts'
import { type Cell, formatCell, halves, levelsMax, parseCell, type Step, textBelow } from './cell.ts'

/** The part at `path`, a text of `<` and `>`, is cut in a dimension at a position: lower ones go to `path<`, the others to `path>`. */
export type Cut = readonly [path: string, dimension: number, at: number]

/** How a cell of the grid is split (a k-d tree; J. Bentley, 1975): each cut comes after the one above it. */
export interface SplitTree {
  /** The cell of the grid. */
  readonly cell: string
  /** Grows with each change; 0 is the cell as a whole. */
  readonly version: number
  readonly cuts: readonly Cut[]
}

/** A part of a cell of the grid, by the cell's split tree. */
export interface Part {
  readonly path: string
  /** The text of the cell that it is. */
  readonly text: string
  readonly box: Box
}

/** The most cuts of a cell of the grid. */
export const cutsMax = 256

/** Split trees by cell of the grid: what a node knows of them. */
export type SplitTrees = ReadonlyMap<string, SplitTree>

/** The tree of a cell that is not split. */
export function wholeTree(cell: string): SplitTree {
  return { cell, version: 0, cuts: [] }
}

/** Positive if `a` takes the place of `b`: the later version, of two equal ones that of the smaller text, so that all nodes choose alike. */
export function compareTrees(a: SplitTree, b: SplitTree): number {
  return a.version - b.version || compareText(JSON.stringify(b.cuts), JSON.stringify(a.cuts))
}

/** A tree from outside, if it can be one of this space: INVALID otherwise. */
export function checkTree(tree: SplitTree, dimensions: number): SplitTree {
  const grid = parseCell(tree.cell, dimensions)
  if (grid === undefined || grid.steps.length > 0) throw invalid('cell', 'is no cell of the grid')
  const known = new Map<string, Box>([['', boxOf(grid)]])
  tree.cuts.forEach(([path, dimension, at], index) => {
    const box = known.get(path)
    const side = box?.[dimension]
    if (box === undefined || side === undefined || path.length >= levelsMax || at <= side[0] || at >= side[1])
      throw invalid(`cuts[${index}]`, 'cuts nothing')
    known.delete(path)
    for (const half of halves) known.set(path + half, halfOf(box, [dimension, half, at]))
  })
  return tree
}

/** A cell of the grid as the part that is all of it. */
export function wholePart(cell: Cell): Part {
  return { path: '', text: formatCell(cell), box: boxOf(cell) }
}

/** The two parts of a part, lower one first; none if it is not cut. */
export function halvesOf(tree: SplitTree | undefined, { path, text, box }: Part): readonly Part[] {
  const cut = cutAt(tree, path)
  if (cut === undefined) return []
  return halves.map((half) => {
    const step: Step = [cut[1], half, cut[2]]
    return { path: path + half, text: textBelow(text, step), box: halfOf(box, step) }
  })
}

/** A cell of the grid and all parts below it, each before its own. */
export function partsOf(tree: SplitTree, grid: Cell): readonly Part[] {
  const found: Part[] = [wholePart(grid)]
  for (const part of found) found.push(...halvesOf(tree, part))
  return found
}

/** The cut of the part at a path, if it is cut. */
function cutAt(tree: SplitTree | undefined, path: string): Cut | undefined {
  return tree?.cuts.find((cut) => cut[0] === path)
}

function invalid(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field: `tree.${field}`, problem })
}

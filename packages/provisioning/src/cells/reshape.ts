import { type Cell, levelsMax } from './cell.ts'
import { type Cut, cutsMax, type Part, partsOf, type SplitTree } from './split-tree.ts'

/** How full the parts of a cell are. */
export interface Crowding {
  /** Where a part that is too full is to be cut; undefined for one that is to stay as it is. */
  cutOf(part: Part): readonly [dimension: number, at: number] | undefined
  /** Whether a part that is cut has so little in it, with all parts below, that it may be whole again. */
  isSparse(part: Part, below: readonly Part[]): boolean
}

/**
 * The tree that fits a cell of the grid as it is filled now, under the next version; undefined if that is the one it has. Parts that are too
 * full are cut in two, and those that are sparse become whole.
 */
export function reshaped(tree: SplitTree, grid: Cell, { cutOf, isSparse }: Crowding): SplitTree | undefined {
  const parts = partsOf(tree, grid)
  const added = parts
    .filter(({ path }) => path.length < levelsMax && !isCut(tree, path))
    .flatMap((part): readonly Cut[] => {
      const cut = cutOf(part)
      return cut === undefined ? [] : [[part.path, ...cut]]
    })
    .slice(0, cutsMax - tree.cuts.length)
  const whole = parts
    .filter((part) => isCut(tree, part.path) && isSparse(part, parts.filter(isBelow(part))))
    .filter(({ path }) => !added.some(([cut]) => cut.startsWith(path)))
  if (added.length + whole.length === 0) return undefined
  const kept = tree.cuts.filter(([cut]) => !whole.some(({ path }) => cut.startsWith(path)))
  return { cell: tree.cell, version: tree.version + 1, cuts: [...kept, ...added] }
}

function isCut({ cuts }: SplitTree, at: string): boolean {
  return cuts.some(([path]) => path === at)
}

function isBelow(part: Part): (other: Part) => boolean {
  return ({ path }) => path.length > part.path.length && path.startsWith(part.path)
}

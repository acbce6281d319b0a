import { CloudError, compareText } from '@cloudpeer/core'
import { type Box, boxOfGrid, halfOf, type Side } from './box.ts'
import { levelsMax, parseCell } from './cell.ts'
import type { Point } from './space.ts'

/** The part of a base cell at `path` is cut in a dimension at a position: lower ones go to `path`0, the others to `path`1. */
export type Cut = readonly [path: string, dimension: number, at: number]

/** How a base cell is split (a k-d tree; J. Bentley, 1975). Cuts are only ever added. */
export interface SplitTree {
  /** The base cell. */
  readonly cell: string
  /** Grows with each change; 0 is the cell as a whole. */
  readonly version: number
  readonly cuts: readonly Cut[]
}

/** The most cuts of a base cell. */
export const cutsMax = 256

/** Split trees by base cell: what a node knows of them. */
export type SplitTrees = ReadonlyMap<string, SplitTree>

/** Positive if `a` takes the place of `b`: the later version, of two equal ones that of the smaller text, so that all nodes choose alike. */
export function compareTrees(a: SplitTree, b: SplitTree): number {
  return a.version - b.version || compareText(JSON.stringify(b.cuts), JSON.stringify(a.cuts))
}

/** A tree from outside, if it can be one of this space: INVALID otherwise. */
export function checkTree(tree: SplitTree, dimensions: number): SplitTree {
  const base = parseCell(tree.cell, dimensions)
  if (base === undefined || base.path !== '' || base.places.includes('*')) throw invalid('cell', 'is no base cell')
  const known = new Map<string, Box>([['', boxOfGrid(base)]])
  tree.cuts.forEach(([path, dimension, at], index) => {
    const box = known.get(path)
    const side = box?.[dimension]
    if (box === undefined || side === undefined || path.length >= levelsMax || at <= side[0] || at >= side[1])
      throw invalid(`cuts[${index}]`, 'cuts nothing')
    known.delete(path)
    for (const bit of '01') known.set(path + bit, halfOf(box, dimension, at, bit))
  })
  return tree
}

/** The tree with one cut more. */
export function withCut(tree: SplitTree, cut: Cut): SplitTree {
  return { cell: tree.cell, version: tree.version + 1, cuts: [...tree.cuts, cut] }
}

/** The cut of the part at a path, if it is cut. */
export function cutAt(tree: SplitTree | undefined, path: string): Cut | undefined {
  return tree?.cuts.find((cut) => cut[0] === path)
}

/**
 * Whether a point of the base cell is in the part at a path. Below a part that the tree does not cut it is where it is in that part: a
 * matcher that lacks news of a split matches too much rather than too little.
 */
export function partHolds(tree: SplitTree | undefined, path: string, point: Point): boolean {
  for (let depth = 0; depth < path.length; depth++) {
    const cut = cutAt(tree, path.slice(0, depth))
    if (cut === undefined) return true
    if ((path[depth] === '0') !== (point[cut[1]] as number) < cut[2]) return false
  }
  return true
}

/** From where to where the part at a path reaches in a dimension. */
export function sideAt(tree: SplitTree, path: string, dimension: number, dimensions: number): Side | undefined {
  const base = parseCell(tree.cell, dimensions)
  let box = base && boxOfGrid(base)
  for (let depth = 0; depth < path.length && box !== undefined; depth++) {
    const cut = cutAt(tree, path.slice(0, depth))
    box = cut && halfOf(box, cut[1], cut[2], path[depth] as string)
  }
  return box?.[dimension]
}

function invalid(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field: `tree.${field}`, problem })
}

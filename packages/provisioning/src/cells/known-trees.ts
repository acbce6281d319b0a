import { isCloudError } from '@cloudpeer/core'
import type { Space } from './space.ts'
import { checkTree, compareTrees, type SplitTree, type SplitTrees } from './split-tree.ts'

/** How base cells are split, as far as this node was told; one tree a base cell. */
export interface KnownTrees {
  readonly trees: SplitTrees
  /** Keeps what is newer than what is known, and returns the base cells of it. What cannot be a tree of this space is passed over. */
  learn(told: readonly SplitTree[]): ReadonlySet<string>
}

/** Knows of no splits at first. */
export function createKnownTrees(space: () => Space): KnownTrees {
  const trees = new Map<string, SplitTree>()

  function isNewer(tree: SplitTree): boolean {
    const known = trees.get(tree.cell)
    if (known !== undefined && compareTrees(tree, known) <= 0) return false
    try {
      return checkTree(tree, space().axes.length) === tree
    } catch (error) {
      if (!isCloudError(error)) throw error
      return false
    }
  }

  return {
    trees,
    learn(told) {
      const news = told.filter(isNewer)
      for (const tree of news) trees.set(tree.cell, tree)
      return new Set(news.map(({ cell }) => cell))
    }
  }
}

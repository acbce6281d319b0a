import { type Clock, isCloudError } from '@cloudpeer/core'
import type { Space } from './space.ts'
import { checkTree, compareTrees, type SplitTree, type SplitTrees } from './split-tree.ts'

/** How cells of the grid are split, as far as this node was told of late; one tree a cell. */
export interface KnownTrees {
  readonly trees: SplitTrees
  /** Keeps what is newer than what is known, and returns the cells of it. What cannot be a tree of this space is passed over. */
  learn(told: readonly SplitTree[]): ReadonlySet<string>
  /** Forgets trees that nobody told for too long: then nobody is left who knows better. */
  sweep(): void
}

/** What known trees are made with. */
export interface KnownTreesParts {
  readonly clock: Clock
  readonly space: () => Space
  /** How long a tree is known without being told of again, in ms. */
  readonly ttlMs: number
}

/** Knows of no splits at first. */
export function createKnownTrees({ clock, space, ttlMs }: KnownTreesParts): KnownTrees {
  const trees = new Map<string, SplitTree>()
  const untilMs = new Map<string, number>()

  function isTree(tree: SplitTree): boolean {
    try {
      return checkTree(tree, space().axes.length) === tree
    } catch (error) {
      if (!isCloudError(error)) throw error
      return false
    }
  }

  /** Whether a tree is news. One that is known lives on by being told again, unless it is what holds of cells of which nothing is known. */
  function take(tree: SplitTree): boolean {
    const known = trees.get(tree.cell)
    const order = known === undefined ? 1 : compareTrees(tree, known)
    if (order < 0 || (order === 0 && tree.cuts.length === 0) || (order > 0 && !isTree(tree))) return false
    trees.set(tree.cell, tree)
    untilMs.set(tree.cell, clock.now() + ttlMs)
    return order > 0
  }

  return {
    trees,
    learn: (told) => new Set(told.filter(take).map(({ cell }) => cell)),
    sweep() {
      for (const [cell, until] of untilMs) {
        if (until > clock.now()) continue
        trees.delete(cell)
        untilMs.delete(cell)
      }
    }
  }
}

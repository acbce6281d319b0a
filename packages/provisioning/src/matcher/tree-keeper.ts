import {
  boxHolds,
  gridOf,
  type KnownTrees,
  type Part,
  parseCell,
  partsOf,
  reshaped,
  type Space,
  type SplitTree,
  wholeTree
} from '../cells/index.ts'
import type { ProvisioningOptions } from '../options.ts'
import type { Loads } from './cell-loads.ts'
import type { Duties } from './duties.ts'
import type { OfferBook } from './offer-book.ts'
import type { RequestBook } from './request-book.ts'
import { Streaks } from './streaks.ts'

/** Share of a bound below which a part becomes whole again: half, lest what was just split is merged at once, and split again. */
const sparseShare = 0.5
/**
 * Looks in a row at which a part must be sparse before its own become one: that takes longer than all requests take to be told again, of which a matcher
 * that has just come knows nothing until then.
 */
const sparseLooksMin = 8

/** What keeping split trees works with. */
export interface TreeKeeperParts {
  readonly space: () => Space
  readonly known: KnownTrees
  readonly duties: Duties
  readonly offers: OfferBook
  readonly requests: RequestBook
  readonly options: Pick<ProvisioningOptions, 'cellOffersMax' | 'cellRequestsMax'>
  readonly loadsOf: (cells: readonly string[], signal: AbortSignal) => Promise<Loads>
  /** Tells all who follow a cell of the grid how it is split now, this node too. */
  readonly tell: (tree: SplitTree) => void
}

/**
 * Keeps the split trees of the cells of the grid in which this node is the one to act, a look at a time: asks how full the parts are, splits those that
 * have more than enough of both, offers and requests, merges those that have little of either, and tells again what is split.
 */
export function createTreeKeeper({
  space,
  known,
  duties,
  offers,
  requests,
  options,
  loadsOf,
  tell
}: TreeKeeperParts): (signal: AbortSignal) => Promise<void> {
  const streaks = new Streaks()

  function isSparse(part: Part, below: readonly Part[], loads: Loads): boolean {
    const waiting = [part, ...below].map(({ text }) => loads.get(text)?.waiting ?? Number.POSITIVE_INFINITY)
    if (waiting.reduce((sum, each) => sum + each) < sparseShare * options.cellRequestsMax) return true
    const held = [...offers.all()].filter(({ point }) => boxHolds(part.box, point))
    return held.length < sparseShare * options.cellOffersMax
  }

  async function look(cell: string, signal: AbortSignal): Promise<void> {
    const grid = parseCell(cell, space().axes.length)
    if (grid === undefined) return
    const before = known.trees.get(cell)
    const tree = before ?? wholeTree(cell)
    const parts = partsOf(tree, grid).map(({ text }) => text)
    const loads = await loadsOf(parts, signal)
    // Another has spoken meanwhile.
    if (known.trees.get(cell) !== before) return
    const next = reshaped(tree, grid, {
      cutOf: ({ text }) => loads.get(text)?.cut,
      isSparse: (part, below) => isSparse(part, below, loads) && streaks.see(part.text) >= sparseLooksMin
    })
    if (next !== undefined || before !== undefined) tell(next ?? tree)
  }

  return async (signal) => {
    streaks.next()
    const cells = new Set([...[...requests.cells()].map(gridOf), ...known.trees.keys()])
    const acted = [...cells].filter((cell) => duties.isActing(cell))
    await Promise.all(acted.map((cell) => look(cell, signal)))
  }
}

import { gridOf, type KnownTrees, membershipOf, parseCell, type Space, type SplitTree, withCut } from '../cells/index.ts'
import type { ProvisioningOptions } from '../options.ts'
import { chooseCut } from './choose-cut.ts'
import type { Duties } from './duties.ts'
import type { OfferBook } from './offer-book.ts'
import type { RequestBook } from './request-book.ts'

/** What splitting works with. */
export interface SplitterParts {
  readonly space: () => Space
  readonly known: KnownTrees
  readonly duties: Duties
  readonly offers: OfferBook
  readonly requests: RequestBook
  readonly options: Pick<ProvisioningOptions, 'cellOffersMax' | 'cellRequestsMax'>
  /** Tells the others how a base cell is split now. */
  readonly publish: (tree: SplitTree) => void
}

/** Looks for cells that this node matches and that have more than enough of both, offers and requests, and splits each once. Whether there were any. */
export function createSplitter({ space, known, duties, offers, requests, options, publish }: SplitterParts): () => boolean {
  function isCrowded(cell: string): boolean {
    const isBase = parseCell(cell, space().axes.length)?.places.includes('*') === false
    return isBase && requests.count(cell) > options.cellRequestsMax && duties.isActing(cell)
  }

  function split(cell: string): boolean {
    const base = gridOf(cell)
    const tree = known.trees.get(base) ?? { cell: base, version: 0, cuts: [] }
    const holds = membershipOf(cell, space(), known.trees)
    const points = [...offers.all()].filter(({ point }) => holds(point)).map(({ point }) => point)
    const cut = points.length > options.cellOffersMax ? chooseCut(tree, cell.slice(base.length + 1), points) : undefined
    if (cut === undefined) return false
    const next = withCut(tree, cut)
    known.learn([next])
    publish(next)
    return true
  }

  return () => [...requests.cells()].filter(isCrowded).map(split).includes(true)
}

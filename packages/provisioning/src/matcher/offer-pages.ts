import { compareText } from '@cloudpeer/core'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import type { SplitTrees } from '../cells/index.ts'
import { type offersProtocol, pagedOffersMax } from '../protocols/match.ts'
import type { CellTopics } from './cell-topics.ts'
import type { KeptOffer, OfferBook } from './offer-book.ts'

/** Bytes of the offers of one page; the reply has room for split trees besides. */
const pageBytesMax = 256 * 1024

/** Split trees of one page: with all their cuts they fit beside the offers. */
const treesMax = 32

/** What a page is made from. */
export interface PageParts {
  readonly offers: OfferBook
  readonly trees: SplitTrees
  readonly topics: Pick<CellTopics, 'keptMs'>
}

/** One page of the offers of some base cells, by owner, with how long each may still be kept. An owner that asks for its own is told what it may have lost. */
export function offersPage(
  { offers, trees, topics }: PageParts,
  { cells, after, owner: only }: RequestOf<typeof offersProtocol>,
  now: number
): ReplyOf<typeof offersProtocol> {
  const asked = new Set(cells)
  const isAsked = ({ cell, untilMs, document: { owner } }: KeptOffer): boolean =>
    asked.has(cell) && untilMs > now && (after === undefined || owner > after) && (only === undefined || owner === only)
  const found = [...offers.all()].filter(isAsked).sort((a, b) => compareText(a.document.owner, b.document.owner))
  const told = only === undefined ? found : found.flatMap((offer) => [offer, ...lostIn(offer, now)])
  const page = told.slice(0, countThatFits(told))
  const last = page.at(-1)
  return {
    offers: page.map(({ signed }) => signed),
    leftMs: page.map(({ untilMs }) => Math.floor(untilMs - now)),
    keptMs: topics.keptMs(cells),
    ...(last !== undefined && page.length < told.length && { next: last.document.owner }),
    trees: after === undefined ? cells.flatMap((cell) => trees.get(cell) ?? []).slice(0, treesMax) : []
  }
}

function lostIn({ lost }: KeptOffer, now: number): readonly KeptOffer[] {
  return lost !== undefined && lost.untilMs > now ? [lost] : []
}

function countThatFits(found: readonly KeptOffer[]): number {
  let bytes = 0
  const tooMany = found.slice(0, pagedOffersMax).findIndex(({ signed }) => {
    bytes += signed[0].length + signed[1].length
    return bytes > pageBytesMax
  })
  return tooMany < 0 ? Math.min(found.length, pagedOffersMax) : tooMany
}

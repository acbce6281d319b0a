import type { CompiledQueries } from '@cloudpeer/model'
import type { ReplyOf } from '@cloudpeer/transport'
import { boxHolds, boxOf, parseCell, type Region, regionOf, type Space } from '../cells/index.ts'
import type { ProvisioningOptions } from '../options.ts'
import type { loadProtocol } from '../protocols/match.ts'
import { chooseCut } from './choose-cut.ts'
import type { OfferBook } from './offer-book.ts'
import type { KeptRequest, RequestBook } from './request-book.ts'

/** How full a cell is. */
export type Load = ReplyOf<typeof loadProtocol>['loads'][number]

/** What loads are told from. */
export interface LoadParts {
  readonly space: () => Space
  readonly queries: CompiledQueries
  readonly offers: OfferBook
  readonly requests: RequestBook
  readonly options: Pick<ProvisioningOptions, 'cellOffersMax' | 'cellRequestsMax'>
}

/** Tells how many requests wait in a cell at this matcher, and where it is to be cut if it has more than enough of both, offers and requests. */
export function createLoadOf({ space, queries, offers, requests, options }: LoadParts): (cell: string) => Load {
  function regionOfRequest({ document: { expression, amounts, gang } }: KeptRequest): Region | undefined {
    return gang ? undefined : regionOf(space(), queries.compile(expression), amounts)
  }

  return (text) => {
    const waiting = requests.count(text)
    const cell = waiting > options.cellRequestsMax ? parseCell(text, space().axes.length) : undefined
    if (cell === undefined) return { waiting }
    const box = boxOf(cell)
    const points = [...offers.all()].flatMap(({ point }) => (boxHolds(box, point) ? [point] : []))
    if (points.length <= options.cellOffersMax) return { waiting }
    const regions = [...requests.in(text)].map(regionOfRequest)
    const cut = chooseCut({ box, points, regions })
    return { waiting, ...(cut !== undefined && { cut: [...cut] }) }
  }
}

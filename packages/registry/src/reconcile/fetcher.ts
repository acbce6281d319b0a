import { type Clock, CloudError, type PeerId } from '@cloudpeer/core'
import type { ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import type { VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { unpackRecords } from '../replica/page.ts'
import type { Arrival, RecordStore } from '../replica/record-store.ts'
import { recordId } from '../replica/row.ts'
import { type Shard, shardHolds } from '../shard/shard.ts'
import type { Lacking } from './exchange.ts'
import { recordDigest } from './fingerprint.ts'
import { type Bound, compareBounds, keyBytes, keyFrom } from './item-list.ts'
import type { Pace } from './pace.ts'
import { copyProtocol } from './protocol.ts'
import type { Refusals } from './refusals.ts'

/** What fetching works with. */
export interface FetcherParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly store: RecordStore
  readonly records: VerifiedRecords
  readonly refusals: Refusals
  readonly pace: Pace
}

/** What came of fetching. */
export interface Fetched {
  /** Records that were new here. */
  readonly stored: number
  /** Ids of services of which this node has a newer version. */
  readonly superseded: readonly string[]
}

/** Takes what is lacking from a node, page by page. */
export type Fetch = (shard: Shard, peer: PeerId, lacking: Lacking, signal: AbortSignal) => Promise<Fetched>

type CopyRequest = RequestOf<typeof copyProtocol>

/** What came of one page. */
interface Taken extends Fetched {
  /** Why a record was not taken that would be if there were room. */
  readonly noRoom: CloudError | undefined
}

/**
 * A fetcher into one node's store. Throws STORE_FULL, QUOTA_EXCEEDED, or what a lying peer's page shows. Without room it
 * still goes through all that it asked for by key: among these are newer versions of what is here, tombstones above all,
 * and they free room. In an interval of which nothing is here there are none.
 */
export function createFetcher({ clock, transport, store, records, refusals, pace }: FetcherParts): Fetch {
  function take(page: ReplyOf<typeof copyProtocol>, request: CopyRequest, peer: PeerId): Taken {
    const opened = unpackRecords(page.rows).map((signed) => records.open(signed))
    checkPage(opened, request, page.next)
    const arrivals = opened.map((record, index): Arrival => {
      return { record, fromOwner: peer === record.record.owner, leftMs: page.leftMs[index] ?? 0 }
    })
    const outcomes = store.accept(arrivals, clock.now())
    const superseded: string[] = []
    let noRoom: CloudError | undefined
    outcomes.forEach((outcome, index) => {
      const { record, bytes } = opened[index] as VerifiedRecord
      if (!(outcome instanceof CloudError)) return
      if (outcome.code === 'RECORD_STALE') superseded.push(recordId(record))
      else if (outcome.code === 'OWNER_UNKNOWN') return
      else if (outcome.retry) noRoom = outcome
      else refusals.add(transport.self, keyFrom(recordDigest(bytes).subarray(0, keyBytes)))
    })
    return { stored: outcomes.filter((outcome) => outcome === 'stored').length, superseded, noRoom }
  }

  return async (shard, peer, { from, to, keys }, signal) => {
    const wanted = keys?.filter((key) => !refusals.has(transport.self, keyFrom(key)))
    if (wanted?.length === 0) return { stored: 0, superseded: [] }
    const superseded: string[] = []
    let stored = 0
    let noRoom: CloudError | undefined
    for (let at = from; ; ) {
      const request = { shard, ...(at && { from: at }), ...(to && { to }), ...(wanted && { keys: Buffer.concat(wanted) }) }
      const page = await transport.request(peer, copyProtocol, request, { signal })
      const taken = take(page, request, peer)
      stored += taken.stored
      superseded.push(...taken.superseded)
      noRoom ??= taken.noRoom
      await pace(page.rows.length, signal)
      if (noRoom !== undefined && (wanted === undefined || page.next === undefined)) throw noRoom
      if (page.next === undefined) return { stored, superseded }
      at = page.next
    }
  }
}

/**
 * INVALID unless the records are of the shard, in order, and between where the request and where the next page begins:
 * so every page gets on, and fetching ends.
 */
function checkPage(opened: readonly VerifiedRecord[], { shard, from, to }: CopyRequest, next: Bound | undefined): void {
  const places = opened.map(({ record: { name, owner } }): Bound => ({ name, owner }))
  const bounds = [...places, ...(next ? [next] : []), ...(to ? [to] : [])]
  const inOrder = bounds.every((bound, index) => {
    const before = bounds[index - 1]
    return before === undefined ? from === undefined || compareBounds(from, bound) <= 0 : compareBounds(before, bound) < 0
  })
  const fits = opened.every(({ record }) => shardHolds(shard, record.attributes))
  if (!inOrder || !fits) throw new CloudError('INVALID', { field: 'rows', problem: 'are not what was asked for' })
  if (opened.length === 0 && next !== undefined) throw new CloudError('INVALID', { field: 'next', problem: 'follows an empty page' })
}

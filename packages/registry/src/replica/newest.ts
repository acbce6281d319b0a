import type { Clock, PeerId } from '@cloudpeer/core'
import { nameSchema } from '@cloudpeer/model'
import { defineProtocol, type ReplyOf, type RequestOf, type RequestOptions, type Transport } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { recordBytesMax, type ServiceRecord, signatureBytes, ttlMsMax, type VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { packedBytes, packRecords, unpackRecords } from './page.ts'
import { pageBytesMax, rowsSchema } from './protocol.ts'
import type { RecordStore } from './record-store.ts'
import { leftMs, type Row, recordId } from './row.ts'

/** Most services whose newest version is asked for at once. */
const idsMax = 256

/** A replica's newest version of some services, tombstones included: what settles whether a record is superseded. */
export const newestProtocol = defineProtocol({
  id: '/cloudpeer/registry/newest/1',
  request: Type.Object(
    { ids: Type.Array(Type.Tuple([Type.String({ maxLength: 64 }), nameSchema]), { minItems: 1, maxItems: idsMax }) },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    rows: rowsSchema,
    /** How long each of them may still be kept, in ms; 0 where it is not said. */
    leftMs: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 2 * ttlMsMax }), { maxItems: idsMax })),
    /** How many of the services, from the first on, were looked up before the page was full. */
    answered: Type.Integer({ minimum: 1, maximum: idsMax })
  }),
  requestBytesMax: 64 * 1024,
  replyBytesMax: pageBytesMax + recordBytesMax + signatureBytes + 4 * 1024,
  rate: { perSecond: 5_000, burst: 5_000 },
  lane: 'bulk',
  timeoutMs: 1_500
})

/** A service by its owner and its name. */
type Id = RequestOf<typeof newestProtocol>['ids'][number]

/** A version that a replica holds. */
export interface Newest {
  readonly record: VerifiedRecord
  /** How long it may still be kept, in ms. */
  readonly leftMs: number
}

/** Answers from the rows at hand. */
export function newestRows(store: RecordStore, ids: readonly Id[], now: number): ReplyOf<typeof newestProtocol> {
  const rows: Row[] = []
  let bytes = 0
  let answered = 0
  for (const [owner, name] of ids) {
    const row = store.get(recordId({ owner: owner as PeerId, name }))
    bytes += row === undefined ? 0 : packedBytes(row)
    if (answered > 0 && bytes > pageBytesMax) break
    if (row !== undefined) rows.push(row)
    answered++
  }
  return { rows: packRecords(rows), leftMs: rows.map((row) => leftMs(row, now)), answered }
}

/** What asking for the newest versions works with. */
export interface NewestParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly store: RecordStore
  readonly records: VerifiedRecords
}

/** A node's newest versions of those of the services that it knows. Errors are the transport's, and MALFORMED, INVALID or RECORD_FORGED where it lies. */
export type AskNewest = (
  peer: PeerId,
  services: readonly Pick<ServiceRecord, 'owner' | 'name'>[],
  options: RequestOptions
) => Promise<readonly Newest[]>

/** Asks other nodes by message, and this one without. */
export function createAskNewest({ clock, transport, store, records }: NewestParts): AskNewest {
  return async (peer, services, options) => {
    const ids = services.map(({ owner, name }): Id => [owner, name])
    const asked = new Set(services.map(recordId))
    const newest: Newest[] = []
    for (let from = 0; from < ids.length; ) {
      const part = ids.slice(from, from + idsMax)
      const reply =
        peer === transport.self
          ? newestRows(store, part, clock.now())
          : await transport.request(peer, newestProtocol, { ids: part }, options)
      const opened = unpackRecords(reply.rows).map((signed, index) => ({
        record: records.open(signed),
        leftMs: reply.leftMs?.[index] ?? 0
      }))
      newest.push(...opened.filter(({ record }) => asked.has(recordId(record.record))))
      from += reply.answered
    }
    return newest
  }
}

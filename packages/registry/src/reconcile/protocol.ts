import { bytesSchema } from '@cloudpeer/core'
import { nameLengthMax } from '@cloudpeer/model'
import { defineProtocol } from '@cloudpeer/transport'
import { type Static, Type } from 'typebox'
import { recordBytesMax, ttlMsMax } from '../record/record.ts'
import { pageBytesMax, pageRowsMax, rowsSchema } from '../replica/protocol.ts'
import { shardSchema } from '../shard/shard.ts'
import { viewsSchema } from '../shard/view.ts'
import { fingerprintBytes } from './fingerprint.ts'
import { keyBytes } from './item-list.ts'

/** Largest message of a reconciliation, in bytes. */
export const messageBytesMax = 32 * 1024
/** Most ranges of one message. */
export const rangesMax = 512
/** Most items that are listed rather than split further. */
export const listedMax = 32

/** Most keys that are asked for at once. */
export const wantedMax = 512

/** A place in the order by name and owner; see `Bound`. */
export const boundSchema = Type.Object(
  { name: Type.String({ maxLength: nameLengthMax }), owner: Type.Optional(Type.String({ maxLength: 64 })) },
  { additionalProperties: false }
)

const to = Type.Optional(boundSchema)

/**
 * One range of a message. It begins where the one before it ends, or with the order itself, and ends before `to`, or
 * with the order. It carries the fingerprint of the sender's items, or lists their keys, or nothing where there is nothing to say.
 */
export const rangeSchema = Type.Union([
  Type.Object(
    { to, count: Type.Integer({ minimum: 0, maximum: 2 ** 21 }), fingerprint: bytesSchema(fingerprintBytes, fingerprintBytes) },
    { additionalProperties: false }
  ),
  Type.Object({ to, keys: bytesSchema(listedMax * keyBytes) }, { additionalProperties: false }),
  Type.Object({ to }, { additionalProperties: false })
])

/** See {@link rangeSchema}. */
export type Range = Static<typeof rangeSchema>

/** One node compares its copies in a shard with another's. What lies after the last range is not spoken of. */
export const reconcileProtocol = defineProtocol({
  id: '/cloudpeer/registry/reconcile/1',
  request: Type.Object(
    {
      shard: shardSchema,
      ranges: Type.Array(rangeSchema, { maxItems: rangesMax }),
      /** The shard as whose replica the node is asked, which holds all of the first; that one itself if absent. */
      by: Type.Optional(shardSchema)
    },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    ranges: Type.Array(rangeSchema, { maxItems: rangesMax }),
    /** From here on the request was not answered: there was no more room. */
    stoppedAt: Type.Optional(boundSchema),
    /** Whether the answering node is complete in the shard as whose replica it is asked. */
    ready: Type.Boolean(),
    /** At which replicas it sees that shard. */
    views: Type.Optional(viewsSchema)
  }),
  requestBytesMax: messageBytesMax,
  replyBytesMax: messageBytesMax,
  rate: { perSecond: 200, burst: 400 },
  lane: 'bulk',
  timeoutMs: 5_000
})

/** One node takes copies from another: those of a shard from `from` to `to`, all or the ones of the keys given. */
export const copyProtocol = defineProtocol({
  id: '/cloudpeer/registry/copy/1',
  request: Type.Object(
    { shard: shardSchema, from: Type.Optional(boundSchema), to, keys: Type.Optional(bytesSchema(wantedMax * keyBytes)) },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    rows: rowsSchema,
    /** How long each of them may still be kept, in ms. */
    leftMs: Type.Array(Type.Integer({ minimum: 0, maximum: 2 * ttlMsMax }), { maxItems: pageRowsMax }),
    /** Where the next page begins; absent after the last. */
    next: Type.Optional(boundSchema)
  }),
  requestBytesMax: 16 * 1024,
  replyBytesMax: pageBytesMax + recordBytesMax + 16 * 1024,
  rate: { perSecond: 500, burst: 1000 },
  lane: 'bulk',
  timeoutMs: 5_000
})

import { bytesSchema } from '@cloudpeer/core'
import { attributeNameLengthMax, expressionBytesMax, nameLengthMax } from '@cloudpeer/model'
import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { positionSchema } from '../expression/position.ts'
import { recordBytesMax, signedRecordSchema, ttlMsMax } from '../record/record.ts'
import { shardSchema } from '../shard/shard.ts'
import { viewsSchema } from '../shard/view.ts'

/** Most records of one write. */
export const writeRecordsMax = 256
/** Most bytes of records in one write, beside one record that may exceed it. */
export const writeBytesMax = 192 * 1024
/** Largest page that one node sends another, in bytes. */
export const pageBytesMax = 64 * 1024
/** Most rows of one page. */
export const pageRowsMax = 1000
/** Most services named in one refresh. */
export const refreshServicesMax = 1000

const nameSchema = Type.String({ maxLength: nameLengthMax })
const problemSchema = Type.Object({ index: Type.Integer({ minimum: 0 }), error: Type.Object({ code: Type.String({ maxLength: 64 }) }) })
const shardIdSchema = Type.String({ maxLength: 4096 })

/** Records in one byte string: of each its length (4 bytes, big-endian), its bytes, its signature (64 bytes). */
export const rowsSchema = bytesSchema(pageBytesMax + recordBytesMax + 128)

/** A replica takes records; what it cannot take it reports one by one. */
export const writeProtocol = defineProtocol({
  id: '/cloudpeer/registry/write/1',
  request: Type.Object(
    {
      records: Type.Array(signedRecordSchema, { minItems: 1, maxItems: writeRecordsMax }),
      /** How long each of them may still be kept, in ms, where it is not the owner that sends them. */
      leftMs: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 2 * ttlMsMax }), { maxItems: writeRecordsMax }))
    },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    /** Records that were not taken, by their place in the request. */
    failed: Type.Array(problemSchema, { maxItems: writeRecordsMax }),
    /** Shards that this replica is not complete in, or not responsible for: its copies do not count for them. */
    unready: Type.Array(shardIdSchema, { maxItems: 32 }),
    /** At which replicas this one sees each of the network's shards: for a writer that sees others its copies do not count. */
    views: Type.Optional(viewsSchema)
  }),
  requestBytesMax: 256 * 1024,
  replyBytesMax: 64 * 1024,
  rate: { perSecond: 500, burst: 1000 },
  lane: 'bulk',
  timeoutMs: 5_000
})

/** An owner says which of its services still exist; the replica names those that it lacks, by their place. */
export const refreshProtocol = defineProtocol({
  id: '/cloudpeer/registry/refresh/1',
  request: Type.Object(
    {
      epoch: Type.Integer({ minimum: 1 }),
      services: Type.Array(Type.Tuple([nameSchema, Type.Integer({ minimum: 1 })]), { maxItems: refreshServicesMax })
    },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    missing: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: refreshServicesMax }),
    /** Both as in a write. */
    unready: Type.Array(shardIdSchema, { maxItems: 32 }),
    views: Type.Optional(viewsSchema)
  }),
  requestBytesMax: 256 * 1024,
  replyBytesMax: 64 * 1024,
  rate: { perSecond: 50, burst: 100 },
  lane: 'bulk',
  timeoutMs: 5_000
})

/** A replica evaluates an expression over the records that it holds, complete for the shards named. */
export const readProtocol = defineProtocol({
  id: '/cloudpeer/registry/read/1',
  request: Type.Object(
    {
      shards: Type.Array(shardSchema, { minItems: 1, maxItems: 32 }),
      expression: Type.String({ minLength: 1, maxLength: expressionBytesMax }),
      limit: Type.Integer({ minimum: 1, maximum: pageRowsMax }),
      orderBy: Type.Optional(Type.String({ maxLength: attributeNameLengthMax + 5 })),
      after: Type.Optional(positionSchema)
    },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    rows: rowsSchema,
    more: Type.Boolean(),
    /** Rows that were looked at. */
    read: Type.Integer({ minimum: 0 }),
    /** Services that this replica holds: what an estimate of the next query rests on. */
    held: Type.Integer({ minimum: 0 }),
    /** At which replicas this one sees the shards that it was asked for: a strong read counts those alone that see what it sees. */
    views: Type.Optional(viewsSchema)
  }),
  requestBytesMax: 32 * 1024,
  replyBytesMax: pageBytesMax + recordBytesMax + 1024,
  rate: { perSecond: 50_000, burst: 50_000 },
  lane: 'bulk',
  timeoutMs: 1_500
})

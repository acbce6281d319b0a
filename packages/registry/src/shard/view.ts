import { bytesSchema, encode, hexFromBytes, type PeerId } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Schema } from '@cloudpeer/model'
import { type Shard, shardId } from './shard.ts'

/** Bytes of one shard's view: two sets of replicas that differ are taken for one with a chance of 2^-64. */
export const viewBytes = 8

/** Most shards whose views one message carries. */
const viewsMax = 32

/** The views of several shards, one after the other. */
export const viewsSchema = bytesSchema(viewsMax * viewBytes)

/** What tells schemas apart, those of one version too: 64 hexadecimal digits, SHA-256 over the deterministic CBOR of it. */
export function schemaName(schema: Schema): string {
  return hexFromBytes(sha256(encode(schema)))
}

/** At which replicas one node sees a shard, and under which schema, by {@link schemaName}, as a digest: equal views are equal sets of one schema. */
export function viewOf(shard: Shard, schema: string, replicas: readonly PeerId[]): Uint8Array {
  const seen = `cloudpeer/view/v3\0${shardId(shard)}\0${schema}\0${replicas.join(' ')}`
  return sha256(Buffer.from(seen)).subarray(0, viewBytes)
}

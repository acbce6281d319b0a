import { bytesSchema, type PeerId } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import { type Shard, shardId } from './shard.ts'

/** Bytes of one shard's view: two sets of replicas that differ are taken for one with a chance of 2^-64. */
export const viewBytes = 8

/** Most shards whose views one message carries. */
const viewsMax = 32

/** The views of several shards, one after the other. */
export const viewsSchema = bytesSchema(viewsMax * viewBytes)

/** Which replicas one node sees a shard at, as a digest: equal views are equal sets. */
export function viewOf(shard: Shard, replicas: readonly PeerId[]): Uint8Array {
  return sha256(Buffer.from(`cloudpeer/view/v1\0${shardId(shard)}\0${replicas.join(' ')}`)).subarray(0, viewBytes)
}

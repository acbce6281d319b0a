import type { PeerId } from '@cloudpeer/core'
import type { Attributes, Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import { type Shard, shardHolds, shardKey, shardsOfSchema } from './shard/shard.ts'

/** Which shards the network has now, and which nodes hold each: the one definition that writers, replicas and readers share. */
export interface Placement {
  /** All shards of the network. */
  shards(): readonly Shard[]
  /** The shards that a record with these attributes belongs to. */
  shardsOf(attributes: Attributes): readonly Shard[]
  /** The replicas of a shard by the directory, closest first; `more` adds the nodes that come next. */
  replicas(shard: Shard, more?: number): readonly PeerId[]
  /** Whether a node did not answer lately. */
  isSuspect(peer: PeerId): boolean
  /** The replicas by Kademlia: the route that is left where those of the directory do not answer. */
  locate(shard: Shard, signal: AbortSignal): Promise<readonly PeerId[]>
}

/** Placement by the network's schema and members. */
export function createPlacement(network: string, schema: () => Schema, overlay: Overlay, replicas: number): Placement {
  let of: Schema | undefined
  let shards: readonly Shard[] = []
  const keys = new Map<Shard, string>()

  function current(): readonly Shard[] {
    const now = schema()
    if (now !== of) {
      of = now
      shards = shardsOfSchema(now)
      keys.clear()
    }
    return shards
  }

  function keyOf(shard: Shard): string {
    const key = keys.get(shard) ?? shardKey(network, shard)
    if (shards.includes(shard)) keys.set(shard, key)
    return key
  }

  return {
    shards: current,
    shardsOf: (attributes) => current().filter((shard) => shardHolds(shard, attributes)),
    replicas: (shard, more = 0) => overlay.responsible(keyOf(shard), replicas + more),
    isSuspect: (peer) => overlay.member(peer)?.state === 'SUSPECT',
    locate: (shard, signal) => overlay.locate(keyOf(shard), replicas, { signal, avoidDirectory: true })
  }
}

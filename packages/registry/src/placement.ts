import { equalBytes, type PeerId } from '@cloudpeer/core'
import type { Attributes, Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import { type Shard, shardHolds, shardKey, shardsOfSchema } from './shard/shard.ts'
import { schemaName, viewBytes, viewOf } from './shard/view.ts'

/** How long after its return a node is asked after the others, in ms: it may make up for more than it has heard of. */
const settlingMs = 10_000

/** Which shards the network has now, and which nodes hold each: the one definition that writers, replicas and readers share. */
export interface Placement {
  /** All shards of the network. */
  shards(): readonly Shard[]
  /** The shards that a record with these attributes belongs to. */
  shardsOf(attributes: Attributes): readonly Shard[]
  /** The replicas of a shard by the directory, closest first; `more` adds the nodes that come next. */
  replicas(shard: Shard, more?: number): readonly PeerId[]
  /** The digest of a shard's replicas by the directory. */
  view(shard: Shard): Uint8Array
  /** The views of all shards, in their order, one after the other. */
  views(): Uint8Array
  /** Whether a node that told these views of all shards sees this one, of `shards`, at the same replicas as this node does now. */
  agrees(views: Uint8Array, shard: Shard): boolean
  /** Whether a node did not answer lately, or is back so lately that it may not know yet what it missed. `now` is in ms on the overlay's clock. */
  isDoubtful(peer: PeerId, now: number): boolean
  /** The replicas by Kademlia: the route that is left where those of the directory do not answer. */
  locate(shard: Shard, signal: AbortSignal): Promise<readonly PeerId[]>
}

/** Placement by the network's schema and members. */
export function createPlacement(network: string, schema: () => Schema, overlay: Overlay, replicas: number): Placement {
  let of: Schema | undefined
  let name = ''
  let shards: readonly Shard[] = []
  const keys = new Map<Shard, string>()
  /** By the overlay's list of the replicas, which is the same one until they change. */
  let views = new WeakMap<readonly PeerId[], Uint8Array>()

  function current(): readonly Shard[] {
    const now = schema()
    if (now !== of) {
      of = now
      name = schemaName(now)
      shards = shardsOfSchema(now)
      keys.clear()
      views = new WeakMap()
    }
    return shards
  }

  function keyOf(shard: Shard): string {
    const key = keys.get(shard) ?? shardKey(network, shard)
    if (shards.includes(shard)) keys.set(shard, key)
    return key
  }

  function view(shard: Shard): Uint8Array {
    current()
    const peers = overlay.responsible(keyOf(shard), replicas)
    const digest = views.get(peers) ?? viewOf(shard, name, peers)
    views.set(peers, digest)
    return digest
  }

  return {
    shards: current,
    shardsOf: (attributes) => current().filter((shard) => shardHolds(shard, attributes)),
    replicas: (shard, more = 0) => overlay.responsible(keyOf(shard), replicas + more),
    view,
    views: () => Buffer.concat(current().map(view)),
    agrees(told, shard) {
      const place = current().indexOf(shard)
      return place >= 0 && equalBytes(told.subarray(place * viewBytes, (place + 1) * viewBytes), view(shard))
    },
    isDoubtful(peer, now) {
      const member = overlay.member(peer)
      return member !== undefined && (member.state === 'SUSPECT' || now - member.sinceMs < settlingMs)
    },
    locate: (shard, signal) => overlay.locate(keyOf(shard), replicas, { signal, avoidDirectory: true })
  }
}

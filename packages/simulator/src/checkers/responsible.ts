import type { PeerId } from '@cloudpeer/core'
import { type Shard, shardKey } from '@cloudpeer/registry/protocols'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'

/** Copies of a shard, at most. */
export const replicasMax = 5

/** The replicas of a shard as a node sees them. */
export function replicasSeenBy({ overlay }: Pick<SimulatedNode, 'overlay'>, shard: Shard): readonly PeerId[] {
  return overlay.responsible(shardKey(overlay.network.id, shard), replicasMax)
}

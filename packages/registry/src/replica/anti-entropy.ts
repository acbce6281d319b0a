import { CloudError, type Log, type PeerId, pick, type Random, type Scope } from '@cloudpeer/core'
import type { Placement } from '../placement.ts'
import type { Reconcile } from '../reconcile/reconciler.ts'
import { shardId } from '../shard/shard.ts'
import type { HeldShards } from './held-shards.ts'

/** What anti-entropy works with. */
export interface AntiEntropyParts {
  readonly random: Random
  readonly self: PeerId
  readonly placement: Placement
  readonly held: HeldShards
  readonly reconcile: Reconcile
  readonly isAlive: (peer: PeerId) => boolean
  readonly scope: Scope
  readonly log: Log
  /** How often each shard is compared, in ms. */
  readonly intervalMs: number
}

/**
 * Compares each complete shard of this node, from time to time, with another of its replicas, drawn at random: what one
 * of them missed while a link was down, or what was lost on its disk, comes back (Demers et al., 1987).
 */
export function startAntiEntropy({ random, self, placement, held, reconcile, isAlive, scope, log, intervalMs }: AntiEntropyParts): void {
  scope.repeat(
    'anti-entropy',
    () => intervalMs,
    async (signal) => {
      for (const shard of placement.shards()) {
        const others = placement.replicas(shard).filter((peer) => peer !== self && isAlive(peer))
        if (!held.isReady(shard) || others.length === 0) continue
        const peer = pick(random, others)
        try {
          const { fetched, pushed } = await reconcile(shard, peer, signal)
          if (fetched + pushed > 0) log.info('a replica was repaired', { shard: shardId(shard), peer, fetched, pushed })
        } catch (error) {
          if (!(error instanceof CloudError) || signal.aborted) throw error
          log.debug('a shard was not compared', { shard: shardId(shard), peer, code: error.code })
        }
      }
    }
  )
}

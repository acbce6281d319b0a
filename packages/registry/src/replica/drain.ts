import { type Clock, CloudError, type Log, type PeerId, type Scope, sleep, startDeadline } from '@cloudpeer/core'
import type { Placement } from '../placement.ts'
import type { Reconcile } from '../reconcile/reconciler.ts'
import type { Drained } from '../registry.ts'
import { type Shard, shardId } from '../shard/shard.ts'
import type { HeldShards } from './held-shards.ts'

/** What draining works with. */
export interface DrainParts {
  readonly clock: Clock
  readonly self: PeerId
  readonly placement: Placement
  readonly held: HeldShards
  readonly reconcile: Reconcile
  /** Tells the network that this node will leave: from then on others are responsible in its place. */
  readonly announce: () => Promise<void>
  readonly scope: Scope
  readonly log: Log
  /** The longest that it may take, in ms. */
  readonly msMax: number
}

/** Pause between two rounds over those who are not complete yet, in ms. */
const roundMs = 200

/** One shard at one of the nodes that keep it from now on. */
interface Successor {
  readonly shard: Shard
  readonly peer: PeerId
}

/** Hands over all that this node holds; resolves when that is done, or time is up. */
export type Drain = () => Promise<Drained>

/**
 * Draining: the node announces that it leaves, which makes others responsible for its shards, and reconciles each shard that it was
 * complete in with each of the shard's replicas, until they say that they are complete and it has nothing that they lack. So
 * what only leavers have is never lost, however many leave one after the other.
 */
export function createDrain({ clock, self, placement, held, reconcile, announce, scope, log, msMax }: DrainParts): Drain {
  function successors(shards: readonly Shard[]): Successor[] {
    return shards.flatMap((shard) => {
      const peers = placement.replicas(shard).filter((peer) => peer !== self)
      return peers.map((peer) => ({ shard, peer }))
    })
  }

  /** Whether a successor is complete and lacks nothing; a node that does not answer may be given up by the directory meanwhile. */
  async function hasEverything({ shard, peer }: Successor, signal: AbortSignal): Promise<boolean> {
    try {
      const { complete, ready, pushed } = await reconcile(shard, peer, signal)
      return complete && ready && pushed === 0
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      log.debug('a shard was not handed over', { peer, shard: shardId(shard), code: error.code })
      return false
    }
  }

  return async () => {
    const shards = placement.shards().filter((shard) => held.isReady(shard))
    const done = new Set<string>()
    const waiting = (): Successor[] => successors(shards).filter((successor) => !done.has(keyOf(successor)))
    if (waiting().length === 0) return { complete: shards.length === 0, waiting: shards.map(shardId) }
    held.freeze()
    await announce()
    const deadline = startDeadline(clock, msMax, scope.signal)
    try {
      while (waiting().length > 0) {
        for (const successor of waiting()) if (await hasEverything(successor, deadline.signal)) done.add(keyOf(successor))
        if (waiting().length > 0) await sleep(clock, roundMs, deadline.signal)
      }
    } catch (error) {
      if (!(error instanceof CloudError) || !deadline.signal.aborted) throw error
      log.warn('time is up: not everything was handed over', { waiting: waiting().length })
    } finally {
      deadline.clear()
    }
    const short = [...new Set(waiting().map(({ shard }) => shardId(shard)))]
    return { complete: short.length === 0, waiting: short }
  }
}

function keyOf({ shard, peer }: Successor): string {
  return `${shardId(shard)} ${peer}`
}

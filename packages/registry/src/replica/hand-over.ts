import { type Clock, CloudError, equalBytes, type Log, type PeerId, type Random, retry, type Scope, sample, sleep } from '@cloudpeer/core'
import type { Placement } from '../placement.ts'
import type { Reconcile, Reconciled } from '../reconcile/reconciler.ts'
import { nameAttribute, type Shard, shardId } from '../shard/shard.ts'
import type { HeldShard, HeldShards } from './held-shards.ts'

/** What hand-over works with. */
export interface HandOverParts {
  readonly clock: Clock
  readonly random: Random
  readonly self: PeerId
  readonly placement: Placement
  readonly held: HeldShards
  readonly reconcile: Reconcile
  /** Whether a node is known to be well: such a one is asked first. */
  readonly isAlive: (peer: PeerId) => boolean
  readonly scope: Scope
  readonly log: Log
}

/** Nodes beyond the replicas that are asked for copies: those that a newcomer displaced still have them. */
const formerReplicas = 2

/** Longest wait before the first attempt, in ms: many nodes may have learned of the same change. */
const jitterMs = 100

/** Waits between attempts to complete a shard, in ms. It goes on for as long as the node is responsible. */
const backoff = { firstMs: 200, maxMs: 5_000, attemptsMax: Number.POSITIVE_INFINITY }

/** The shard that has every record. */
const names: Shard = { attribute: nameAttribute }

/** How far a shard was copied from those that should have it. */
interface Copied {
  /** Whether so many of them are complete that one has whatever a majority of them acknowledged. */
  readonly isEnough: boolean
  /** Whether all of them were copied from. */
  readonly all: boolean
}

/** Completes the shards that come to this node, and says when it may answer for them. */
export interface HandOver {
  /** Compares what this node holds with what the directory says, and begins to complete what has come to it. */
  update(): void
}

/**
 * A shard is complete once it was reconciled with so many complete replicas that one of them has any record that a
 * majority acknowledged. Where fewer are complete, the shard of the names is completed from all of its other replicas, and an attribute's
 * shard from complete replicas of the names, which have every record: it may be one that the schema has just added, of which nobody has
 * anything yet. A node without others has all there is.
 */
export function createHandOver({ clock, random, self, placement, held, reconcile, isAlive, scope, log }: HandOverParts): HandOver {
  /** By shard, the last attempt to complete it. */
  const attempts = new Map<string, AbortController>()

  /** In random order, so that newcomers do not all ask the same one; those that are well first. */
  function sourcesOf(shard: Shard): readonly PeerId[] {
    const others = placement.replicas(shard, formerReplicas).filter((peer) => peer !== self)
    return sample(random, others, others.length).sort((a, b) => Number(isAlive(b)) - Number(isAlive(a)))
  }

  /** Reconciles for as long as that gets on; whether the source is complete itself, and at which replicas it saw the shard at the last comparison. */
  async function copyFrom(source: PeerId, shard: Shard, signal: AbortSignal, by?: Shard): Promise<Pick<Reconciled, 'ready' | 'view'>> {
    for (;;) {
      const { complete, ready, view, fetched, pushed } = await reconcile(shard, source, signal, by)
      if (complete) return { ready, view }
      if (fetched + pushed === 0) throw new CloudError('NOT_READY', { shard: shardId(shard) })
    }
  }

  /** Copies a shard from its other replicas, or from those of one that holds all of it, until enough of them were complete. */
  async function copy(shard: Shard, sources: readonly PeerId[], signal: AbortSignal, by?: Shard): Promise<Copied> {
    const asked = by ?? shard
    const view = placement.view(asked)
    const replicas = placement.replicas(asked)
    // What a majority of n has is with one of any n / 2 of them; the node itself is one of the n, or took the place of one.
    const needed = Math.ceil(replicas.length / 2)
    let copied = 0
    let completeSources = 0
    for (const source of sources) {
      try {
        const { ready, view: seen } = await copyFrom(source, shard, signal, by)
        // What this node saw when it began: a view that has come and gone meanwhile is another.
        const agrees = seen !== undefined && equalBytes(seen, view)
        if (ready && agrees) completeSources++
        // A replica that sees others may still be taking what counts for them: it is copied from once more.
        if (agrees || !replicas.includes(source)) copied++
      } catch (error) {
        if (!(error instanceof CloudError) || signal.aborted) throw error
        log.debug('a replica could not be copied from', { source, shard: shardId(shard), code: error.code })
      }
      if (completeSources >= needed) break
    }
    return { isEnough: completeSources >= needed && equalBytes(view, placement.view(asked)), all: copied === sources.length }
  }

  /** Twice: what the last of them gave the first may know to be superseded, and an owner that has withdrawn it does not know of this shard. */
  async function copyFromNames(shard: Shard, signal: AbortSignal): Promise<boolean> {
    const sources = placement.replicas(names)
    return (await copy(shard, sources, signal, names)).isEnough && (await copy(shard, sources, signal, names)).isEnough
  }

  async function complete({ shard }: HeldShard, signal: AbortSignal): Promise<void> {
    const sources = sourcesOf(shard)
    const view = placement.view(shard)
    const { isEnough, all } = await copy(shard, sources, signal)
    const isWhole = isEnough || (all && (shard.attribute === nameAttribute || sources.length === 0))
    const isComplete = isWhole || (await copyFromNames(shard, signal))
    if (!isComplete || !equalBytes(view, placement.view(shard))) throw new CloudError('NOT_READY', { shard: shardId(shard) })
  }

  /** A shard that is to be completed anew ends the attempts of before, which would be waited for one after the other. */
  function begin(shard: HeldShard): void {
    const id = shardId(shard.shard)
    const attempt = new AbortController()
    attempts.get(id)?.abort()
    attempts.set(id, attempt)
    scope.spawn(`completing ${id}`, async (stopped) => {
      const signal = AbortSignal.any([stopped, attempt.signal])
      const wanted = (): boolean => held.get(shard.shard) === shard
      if (sourcesOf(shard.shard).length > 0) await sleep(clock, jitterMs * random.next(), stopped)
      await retry({ clock, random }, { ...backoff, signal, mayRetry: wanted }, () => complete(shard, signal)).catch((error: unknown) => {
        if (wanted()) throw error
      })
      shard.ready = true
      log.debug('a shard is complete', { shard: id })
    })
  }

  return {
    update() {
      for (const shard of held.update(placement.shards(), placement.replicas)) begin(shard)
    }
  }
}

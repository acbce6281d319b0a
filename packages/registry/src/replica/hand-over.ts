import { type Clock, CloudError, type Log, type PeerId, type Random, retry, type Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { Placement } from '../placement.ts'
import type { Position } from '../query/position.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { shardId } from '../shard/shard.ts'
import type { HeldShard, HeldShards } from './held-shards.ts'
import { unpackRecords } from './page.ts'
import { copyProtocol } from './protocol.ts'
import type { Arrival, RecordStore } from './record-store.ts'

/** What hand-over works with. */
export interface HandOverParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly placement: Placement
  readonly held: HeldShards
  readonly store: RecordStore
  readonly records: VerifiedRecords
  readonly scope: Scope
  readonly log: Log
}

/** Nodes beyond the replicas that are asked for copies: those that a newcomer displaced still have them. */
const formerReplicas = 2

/** Waits between attempts to complete a shard, in ms. It goes on for as long as the node is responsible. */
const backoff = { firstMs: 200, maxMs: 5_000, attemptsMax: Number.POSITIVE_INFINITY }

/** Completes the shards that come to this node, and says when it may answer for them. */
export interface HandOver {
  /** Compares what this node holds with what the directory says, and begins to copy what has come to it. */
  update(): void
}

/**
 * A shard is complete once it was copied from a replica that is complete itself, or, where there is none, from all of
 * the shard's other replicas. A node without others has all there is.
 */
export function createHandOver({ clock, random, transport, placement, held, store, records, scope, log }: HandOverParts): HandOver {
  async function copyFrom(source: PeerId, { shard }: HeldShard, signal: AbortSignal): Promise<boolean> {
    let after: Position | undefined
    for (;;) {
      const page = await transport.request(source, copyProtocol, { shard, ...(after && { after }) }, { signal })
      const arrivals = unpackRecords(page.rows).map((signed, index): Arrival => {
        const record = records.open(signed)
        return { record, fromOwner: source === record.record.owner, leftMs: page.leftMs[index] ?? 0 }
      })
      store.accept(arrivals, clock.now())
      if (page.next === undefined) return page.ready
      after = page.next
    }
  }

  async function complete(shard: HeldShard, signal: AbortSignal): Promise<void> {
    const { self } = transport
    let copied = 0
    const sources = placement.replicas(shard.shard, formerReplicas).filter((peer) => peer !== self)
    for (const source of sources) {
      try {
        if (await copyFrom(source, shard, signal)) return
        copied++
      } catch (error) {
        if (!(error instanceof CloudError) || signal.aborted) throw error
        log.debug('a replica could not be copied from', { source, shard: shardId(shard.shard), code: error.code })
      }
    }
    if (copied < sources.length) throw new CloudError('NOT_READY', { shard: shardId(shard.shard) })
  }

  function begin(shard: HeldShard): void {
    scope.spawn(`copying ${shardId(shard.shard)}`, async (signal) => {
      const wanted = (): boolean => held.get(shard.shard) === shard
      await retry({ clock, random }, { ...backoff, signal, mayRetry: wanted }, () => complete(shard, signal)).catch((error: unknown) => {
        if (wanted()) throw error
      })
      shard.ready = true
      log.debug('a shard is complete', { shard: shardId(shard.shard), records: store.size })
    })
  }

  return {
    update() {
      for (const shard of held.update(placement.shards(), placement.replicas)) begin(shard)
    }
  }
}

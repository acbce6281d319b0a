import { type Clock, CloudError, type PeerId, wireErrorFrom } from '@cloudpeer/core'
import { type CompiledQueries, compareSubjects } from '@cloudpeer/model'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import { subjectAt } from '../expression/position.ts'
import type { Placement } from '../placement.ts'
import type { SignedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { type Shard, shardHolds, shardId } from '../shard/shard.ts'
import type { HeldShards } from './held-shards.ts'
import { countThatFits, packRecords } from './page.ts'
import type { readProtocol, refreshProtocol, writeProtocol } from './protocol.ts'
import { type Arrival, couldNotKeep, type Outcome, type RecordStore } from './record-store.ts'
import { recordId } from './row.ts'
import type { Selected } from './row-index.ts'

/** What the replica's answers rest on. */
export interface ReplicaParts {
  readonly clock: Clock
  readonly self: PeerId
  readonly placement: Placement
  readonly held: HeldShards
  readonly store: RecordStore
  readonly records: VerifiedRecords
  readonly queries: CompiledQueries
  /** Told of shards in which this node lacks what it could not keep. */
  readonly onBehind: (shards: readonly Shard[]) => void
}

/** How many places beyond the responsible nodes a record is still taken: two directories may differ by as many members. */
const ranksBeyondReplicas = 5

/** One node's share of the index: takes records, and reads them for whoever asks. */
export interface Replica {
  write(request: RequestOf<typeof writeProtocol>, from: PeerId): ReplyOf<typeof writeProtocol>
  refresh(request: RequestOf<typeof refreshProtocol>, from: PeerId): ReplyOf<typeof refreshProtocol>
  read(request: RequestOf<typeof readProtocol>): ReplyOf<typeof readProtocol>
  /** What `read` answers, before it is cut and packed for another node. NOT_READY, NOT_RESPONSIBLE. */
  select(request: RequestOf<typeof readProtocol>): Selected
}

/** A replica over a store. */
export function createReplica({ clock, self, placement, held, store, records, queries, onBehind }: ReplicaParts): Replica {
  /** Opens a record from outside and checks that it belongs here. An older version that is held may be replaced anywhere. */
  function arrivalFrom(signed: SignedRecord, from: PeerId, leftMs: number | undefined): Arrival {
    const record = records.open(signed)
    const { owner, attributes } = record.record
    const shards = placement.shards().filter((shard) => shardHolds(shard, attributes))
    const near = (shard: Shard): boolean => placement.replicas(shard, ranksBeyondReplicas).includes(self)
    if (!shards.some(near) && store.get(recordId(record.record)) === undefined) {
      throw new CloudError('NOT_RESPONSIBLE', { shard: shards.map(shardId).join(' ') })
    }
    return { record, fromOwner: from === owner, ...(leftMs !== undefined && { leftMs }) }
  }

  /** Takes what is new. Where it cannot keep all of it this node is not complete any more in the shards concerned. */
  function accept(arrivals: readonly Arrival[]): readonly Outcome[] {
    const outcomes = store.accept(arrivals, clock.now())
    const lost = arrivals.filter((_, index) => couldNotKeep(outcomes[index]))
    if (lost.length > 0) {
      const lacks = (shard: Shard): boolean => lost.some(({ record }) => shardHolds(shard, record.record.attributes))
      onBehind(placement.shards().filter((shard) => held.isReady(shard) && lacks(shard)))
    }
    return outcomes
  }

  function requireReady(shard: Shard): void {
    if (held.get(shard) === undefined) throw new CloudError('NOT_RESPONSIBLE', { shard: shardId(shard) })
    if (!held.isReady(shard)) throw new CloudError('NOT_READY', { shard: shardId(shard) })
  }

  function select({ shards, expression, limit, orderBy: order, after }: RequestOf<typeof readProtocol>): Selected {
    shards.forEach(requireReady)
    const orderBy = queries.orderBy(order)
    return store.index.select({
      query: queries.compile(expression),
      ...(orderBy && { order: compareSubjects(orderBy) }),
      ...(after && { after: subjectAt(after, orderBy) }),
      limit,
      now: clock.now()
    })
  }

  return {
    write(request, from) {
      const failed: { index: number; error: ReturnType<typeof wireErrorFrom> }[] = []
      const arrivals: { readonly index: number; readonly arrival: Arrival }[] = []
      request.records.forEach(([bytes, signature], index) => {
        try {
          arrivals.push({ index, arrival: arrivalFrom({ bytes, signature }, from, request.leftMs?.[index]) })
        } catch (error) {
          if (!(error instanceof CloudError)) throw error
          failed.push({ index, error: wireErrorFrom(error) })
        }
      })
      const outcomes = accept(arrivals.map(({ arrival }) => arrival))
      outcomes.forEach((outcome, place) => {
        if (outcome instanceof CloudError) failed.push({ index: arrivals[place]?.index ?? 0, error: wireErrorFrom(outcome) })
      })
      return { failed, unready: held.unready(placement.shards()), views: placement.views() }
    },

    refresh({ epoch, services }, from) {
      const missing: number[] = []
      services.forEach(([name, seq], index) => {
        if (!store.refresh(from, name, epoch, seq, clock.now())) missing.push(index)
      })
      return { missing, unready: held.unready(placement.shards()), views: placement.views() }
    },

    select,

    read(request) {
      const selected = select(request)
      const fitting = countThatFits(selected.rows)
      const rows = packRecords(fitting < selected.rows.length ? selected.rows.slice(0, fitting) : selected.rows)
      const views = Buffer.concat(request.shards.map(placement.view))
      return { rows, more: selected.more || fitting < selected.rows.length, read: selected.read, held: store.live, views }
    }
  }
}

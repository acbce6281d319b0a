import type { Clock } from '@cloudpeer/core'
import type { Placement } from '../placement.ts'
import { shardHolds } from '../shard/shard.ts'
import type { HeldShards } from './held-shards.ts'
import type { RecordStore } from './record-store.ts'
import type { Row } from './row.ts'

/** What sweeping works with. */
export interface SweeperParts {
  readonly clock: Clock
  readonly placement: Placement
  readonly held: HeldShards
  readonly store: RecordStore
  /** How long a copy that no shard of this node needs is kept, in ms. */
  readonly unneededKeptMs: number
}

/** What a sweep took away. */
export interface Swept {
  readonly expired: number
  readonly outlived: number
  readonly unneeded: number
}

/**
 * A sweep forgets what its owner has not refreshed in time, and what has not belonged to this node for a while. What an owner signed
 * before it started anew is kept from one sweep to the next: the owner may need it, if its own disk is damaged.
 */
export function createSweeper({ clock, placement, held, store, unneededKeptMs }: SweeperParts): () => Swept {
  let unneededSince = new Map<Row, number>()
  let outlivedBefore: ReadonlySet<Row> = new Set()

  function isNeeded({ record, supersedesUntilMs }: Row): boolean {
    if (record.deleted || supersedesUntilMs > clock.now()) return true
    return placement.shards().some((shard) => held.get(shard) !== undefined && shardHolds(shard, record.attributes))
  }

  return () => {
    const now = clock.now()
    const expired = store.expire(now)
    const outlived = store.outlived()
    const superseded = outlived.filter((row) => outlivedBefore.has(row))
    if (superseded.length > 0) store.drop(superseded)
    outlivedBefore = new Set(outlived)
    const unneeded = [...store.rows()].filter((row) => !isNeeded(row))
    unneededSince = new Map(unneeded.map((row) => [row, unneededSince.get(row) ?? now]))
    const due = unneeded.filter((row) => now - (unneededSince.get(row) ?? now) >= unneededKeptMs)
    if (due.length > 0) store.drop(due)
    return { expired, outlived: superseded.length, unneeded: due.length }
  }
}

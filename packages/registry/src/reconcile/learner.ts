import type { Clock, PeerId } from '@cloudpeer/core'
import { compareVersions } from '../record/record.ts'
import type { AskNewest } from '../replica/newest.ts'
import type { Arrival, RecordStore } from '../replica/record-store.ts'
import { type Row, recordId } from '../replica/row.ts'

/** What learning works with. */
export interface LearnerParts {
  readonly clock: Clock
  readonly store: RecordStore
  readonly askNewest: AskNewest
}

/** Takes what a node has that is newer than copies of this one; how many there were. Errors are those of {@link AskNewest}. */
export type Learn = (peer: PeerId, rows: readonly Row[], signal: AbortSignal) => Promise<number>

/** A learner: what supersedes a copy, such as a tombstone, may not show in the shard that was compared. */
export function createLearner({ clock, store, askNewest }: LearnerParts): Learn {
  return async (peer, rows, signal) => {
    if (rows.length === 0) return 0
    const services = rows.map(({ record }) => record)
    const newest = await askNewest(peer, services, { signal })
    const here = new Map(rows.map((row) => [recordId(row.record), row]))
    const arrivals = newest.flatMap(({ record, leftMs }): Arrival[] => {
      const row = here.get(recordId(record.record))
      const isNewer = row !== undefined && compareVersions(record, row) > 0
      return isNewer && leftMs > 0 ? [{ record, fromOwner: peer === record.record.owner, leftMs }] : []
    })
    return store.accept(arrivals, clock.now()).filter((outcome) => outcome === 'stored').length
  }
}

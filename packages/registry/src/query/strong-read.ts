import { CloudError, type Log, type PeerId, type Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { compareVersions, type VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { unpackRecords } from '../replica/page.ts'
import { writeProtocol, writeRecordsMax } from '../replica/protocol.ts'
import type { RecordStore } from '../replica/record-store.ts'
import { recordId } from '../replica/row.ts'
import type { MergedRecord } from './answer-merge.ts'
import { newestIdsMax, newestProtocol, newestRows } from './newest.ts'
import type { ShardCursor } from './shard-cursor.ts'
import type { ReadContext } from './shard-reader.ts'

/** Cursors at several replicas of one shard. */
export interface MajorityRead {
  readonly cursors: readonly ShardCursor[]
  /** Whether they are a majority of the replicas. */
  readonly complete: boolean
}

/**
 * Opens cursors at a majority of a shard's replicas: any two majorities share one, so what a majority has acknowledged
 * is found. A replica that does not answer is replaced by the next.
 */
export async function readMajority(
  candidates: readonly PeerId[],
  replicas: number,
  open: (peer: PeerId) => ShardCursor
): Promise<MajorityRead> {
  const needed = Math.floor(replicas / 2) + 1
  const answered: ShardCursor[] = []
  for (let next = 0; answered.length < needed && next < candidates.length; ) {
    const tried = candidates.slice(next, next + needed - answered.length).map(open)
    next += tried.length
    await Promise.all(tried.map((cursor) => cursor.fill()))
    answered.push(...tried.filter((cursor) => !cursor.missing))
  }
  return { cursors: answered, complete: answered.length >= needed }
}

/** What settling works with. */
export interface SettlerParts {
  readonly transport: Transport
  readonly records: VerifiedRecords
  readonly store: RecordStore
  readonly scope: Scope
  readonly log: Log
}

/** The records of an answer once their newest versions are known. */
export interface Settled {
  readonly records: readonly VerifiedRecord[]
  /** Whether all who had to be asked have answered. */
  readonly complete: boolean
}

/** Settles what the replicas of a majority disagree about. */
export interface Settler {
  /**
   * The newest version of each record that some of the asked replicas lacked, in place of the one that was found. The
   * replicas that were behind are given it in the background: read repair.
   */
  settle(found: readonly MergedRecord<ShardCursor>[], groups: readonly MajorityRead[], context: ReadContext): Promise<Settled>
}

/** A settler that asks those who lacked a record for the newest version that they know. */
export function createSettler({ transport, records, store, scope, log }: SettlerParts): Settler {
  async function newestAt(
    peer: PeerId,
    wanted: readonly VerifiedRecord[],
    { signal, count }: ReadContext
  ): Promise<readonly VerifiedRecord[]> {
    const ids = wanted.map(({ record }): [string, string] => [record.owner, record.name])
    const newest: VerifiedRecord[] = []
    for (let from = 0; from < ids.length; ) {
      const part = ids.slice(from, from + newestIdsMax)
      const reply =
        peer === transport.self ? newestRows(store, part) : await transport.request(peer, newestProtocol, { ids: part }, { signal, count })
      newest.push(...unpackRecords(reply.rows).map((signed) => records.open(signed)))
      from += reply.answered
    }
    return newest
  }

  function repair(peer: PeerId, behind: readonly VerifiedRecord[]): void {
    if (peer === transport.self || behind.length === 0) return
    scope.spawn('repairing a replica', async (signal) => {
      for (let from = 0; from < behind.length; from += writeRecordsMax) {
        const part = behind.slice(from, from + writeRecordsMax)
        await transport
          .request(peer, writeProtocol, { records: part.map(({ bytes, signature }) => [bytes, signature] as const) }, { signal })
          .catch((error: unknown) => {
            if (!(error instanceof CloudError)) throw error
            log.debug('a replica was not repaired', { peer, code: error.code })
          })
      }
    })
  }

  /** As {@link newestAt}; undefined from one that does not answer. */
  async function newestIfReached(
    peer: PeerId,
    wanted: readonly VerifiedRecord[],
    context: ReadContext
  ): Promise<readonly VerifiedRecord[] | undefined> {
    try {
      return await newestAt(peer, wanted, context)
    } catch (error) {
      if (!(error instanceof CloudError) || context.signal.aborted) throw error
      return undefined
    }
  }

  return {
    async settle(found, groups, context) {
      const newest = new Map(found.map(({ record }) => [recordId(record.record), record]))
      const lacking = [...lackingByPeer(found, groups)]
      const known = await Promise.all(lacking.map(([peer, wanted]) => newestIfReached(peer, wanted, context)))
      for (const record of known.flatMap((records) => records ?? [])) {
        const best = newest.get(recordId(record.record))
        if (best !== undefined && compareVersions(record, best) > 0) newest.set(recordId(record.record), record)
      }
      const newestOf = ({ record }: VerifiedRecord): VerifiedRecord => newest.get(recordId(record)) as VerifiedRecord
      for (const [index, [peer, wanted]] of lacking.entries()) repair(peer, outdated(wanted.map(newestOf), known[index] ?? []))
      return { records: found.map(({ record }) => newestOf(record)), complete: known.every((records) => records !== undefined) }
    }
  }
}

/** Those of the newest versions that a replica with these records lacks. */
function outdated(newest: readonly VerifiedRecord[], held: readonly VerifiedRecord[]): VerifiedRecord[] {
  const byId = new Map(held.map((record) => [recordId(record.record), record]))
  return newest.filter((record) => {
    const has = byId.get(recordId(record.record))
    return has === undefined || compareVersions(record, has) > 0
  })
}

/** Which records each replica lacked, or had in an older version, although others of its shard had them. */
function lackingByPeer(found: readonly MergedRecord<ShardCursor>[], groups: readonly MajorityRead[]): Map<PeerId, VerifiedRecord[]> {
  const lacking = new Map<PeerId, VerifiedRecord[]>()
  for (const { record, cursors } of found) {
    for (const group of groups) {
      if (!group.cursors.some((cursor) => cursors.includes(cursor))) continue
      for (const cursor of group.cursors) {
        if (cursors.includes(cursor) || cursor.from === undefined) continue
        lacking.set(cursor.from, [...(lacking.get(cursor.from) ?? []), record])
      }
    }
  }
  return lacking
}

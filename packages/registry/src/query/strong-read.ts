import { CloudError, type Log, type PeerId, type Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { compareVersions, type VerifiedRecord } from '../record/record.ts'
import type { AskNewest } from '../replica/newest.ts'
import { writeProtocol, writeRecordsMax } from '../replica/protocol.ts'
import { recordId } from '../replica/row.ts'
import type { MergedRecord } from './answer-merge.ts'
import type { ShardCursor } from './shard-cursor.ts'
import type { ReadContext } from './shard-reader.ts'

/** Cursors at several replicas of one shard. */
export interface MajorityRead {
  readonly cursors: readonly ShardCursor[]
  /** Whether a majority of the replicas is among them that agrees with the reader on who they are. */
  readonly complete: boolean
  /** Whether a majority answered, but did not agree. */
  readonly divided: boolean
}

/** What reading at a majority works with. */
export interface MajorityReadParts {
  /** Whom to ask, in this order. */
  readonly candidates: readonly PeerId[]
  /** How many replicas there are. */
  readonly replicas: number
  /** Whether a replica that answered sees the shard at the replicas that the reader sees it at. */
  readonly agrees: (cursor: ShardCursor) => boolean
  readonly open: (peer: PeerId) => ShardCursor
}

/**
 * Opens cursors at a majority of a shard's replicas: any two majorities share one, so what a majority has acknowledged
 * is found. Only those count that agree on who the replicas are: majorities of two sets need not meet. A replica that
 * does not answer, or does not agree, is replaced by the next.
 */
export async function readMajority({ candidates, replicas, agrees, open }: MajorityReadParts): Promise<MajorityRead> {
  const needed = Math.floor(replicas / 2) + 1
  const answered: ShardCursor[] = []
  let agreeing = 0
  for (let next = 0; agreeing < needed && next < candidates.length; ) {
    const tried = candidates.slice(next, next + needed - agreeing).map(open)
    next += tried.length
    await Promise.all(tried.map((cursor) => cursor.fill()))
    answered.push(...tried.filter((cursor) => !cursor.missing))
    agreeing = answered.filter(agrees).length
  }
  const complete = agreeing >= needed
  return { cursors: answered, complete, divided: !complete && answered.length >= needed }
}

/** What settling works with. */
export interface SettlerParts {
  readonly transport: Transport
  readonly askNewest: AskNewest
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
export function createSettler({ transport, askNewest, scope, log }: SettlerParts): Settler {
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

  /** A node's newest versions; undefined from one that does not answer. */
  async function newestAt(
    peer: PeerId,
    wanted: readonly VerifiedRecord[],
    { signal, count }: ReadContext
  ): Promise<readonly VerifiedRecord[] | undefined> {
    try {
      const services = wanted.map(({ record }) => record)
      const newest = await askNewest(peer, services, { signal, count })
      return newest.map(({ record }) => record)
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      return undefined
    }
  }

  return {
    async settle(found, groups, context) {
      const newest = new Map(found.map(({ record }) => [recordId(record.record), record]))
      const lacking = [...lackingByPeer(found, groups)]
      const known = await Promise.all(lacking.map(([peer, wanted]) => newestAt(peer, wanted, context)))
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

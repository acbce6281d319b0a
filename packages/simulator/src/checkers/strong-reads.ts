import type { PeerId } from '@cloudpeer/core'
import { newestProtocol, readProtocol, type Shard, shardId, unpackRecords } from '@cloudpeer/registry/protocols'
import { type Answer, sameAttributes } from '../workload/history.ts'
import type { PlainDescription } from '../workload/records.ts'
import type { Checker, Watched } from './checker.ts'
import { type RecordFields, recordFields } from './record-fields.ts'
import { isOlder } from './version.ts'

/** How long what was heard is kept, in ms: longer than any query takes. */
const keptMs = 60_000

/** What one query has heard. */
interface Reading {
  readonly beganMs: number
  readonly shards: Set<string>
  /** The rows of each replica, by service. */
  readonly rows: Map<PeerId, ReadonlyMap<string, RecordFields>>
  /** Services whose newest version a replica was asked for. */
  readonly asked: Set<string>
  /** The newest version that was heard of, by service. */
  readonly newest: Map<string, RecordFields>
  /** Whether a replica had more to say. */
  isOpen: boolean
}

/**
 * I5: a strong read shows the newest version that it has heard of, and asks for a newer one where its replicas differ. Judged are reads of
 * one shard in one page at replicas that agree, where at most one thing is broken at a time and their asker asks nothing else, nor
 * itself, which nobody hears.
 */
export const strongReadsAreSettled: Checker = {
  name: 'anytime_strong_reads_are_settled',
  watch(watched) {
    const readings = readingsOf(watched)
    const problems: string[] = []
    watched.history.onAnswer(({ strong, query, asker, fromMs, answer: { partial, more, matches, explain } }) => {
      const reading = readings.since(asker, fromMs)
      if (!watched.gentle || !strong || partial || more || reading === undefined || isRepeated(explain) || isLocal(explain)) return
      for (const match of matches) {
        const problem = unsettled(reading, `${match.owner}/${match.name}`, match)
        if (problem !== undefined)
          problems.push(
            `the strong read of ${query.expression} at ${asker} from ${fromMs} ms shows ${match.name} of ${match.owner}, ${problem}`
          )
      }
    })
    return () => problems.splice(0)
  }
}

/** Whether a replica was asked twice: for another page, or because the replicas had not agreed on who they are. */
function isRepeated(explain: Answer['answer']['explain']): boolean {
  const nodes = (explain?.asked ?? []).map(({ node }) => node)
  return new Set(nodes).size < nodes.length
}

function isLocal(explain: Answer['answer']['explain']): boolean {
  return explain?.asked.some(({ local }) => local) ?? false
}

function unsettled({ rows, asked, newest }: Reading, id: string, match: Answer['answer']['matches'][number]): string | undefined {
  const versions = [...rows.values()].map((byId) => byId.get(id))
  const differ = versions.some((version) => version?.epoch !== versions[0]?.epoch || version?.seq !== versions[0]?.seq)
  if (differ && !asked.has(id)) return 'of which its replicas have different versions'
  const best = newest.get(id)
  const isShown = best === undefined || (!best.deleted && sameAttributes(best as unknown as PlainDescription, match))
  return isShown ? undefined : `though it heard of ${best.epoch}.${best.seq}`
}

/** Listens to what queries ask and are told. */
function readingsOf({ cloud, exchanges }: Watched) {
  const byAsker = new Map<PeerId, Map<object, Reading>>()

  function readingOf(asker: PeerId, count: object | undefined): Reading | undefined {
    if (count === undefined) return undefined
    const readings = byAsker.get(asker) ?? new Map<object, Reading>()
    byAsker.set(asker, readings)
    const beganMs = cloud.time.now
    const fresh = { beganMs, shards: new Set<string>(), rows: new Map(), asked: new Set<string>(), newest: new Map(), isOpen: false }
    const reading = readings.get(count) ?? fresh
    readings.set(count, reading)
    return reading
  }

  function hear(reading: Reading, bytes: Uint8Array): RecordFields {
    const fields = recordFields(bytes)
    const id = `${fields.owner}/${fields.name}`
    const known = reading.newest.get(id)
    if (known === undefined || isOlder(known, fields)) reading.newest.set(id, fields)
    return fields
  }

  function noteRows(reading: Reading, shards: readonly Shard[], by: PeerId, packed: Uint8Array): void {
    for (const shard of shards) reading.shards.add(shardId(shard))
    const rows = unpackRecords(packed).map(({ bytes }) => hear(reading, bytes))
    reading.rows.set(by, new Map(rows.map((fields) => [`${fields.owner}/${fields.name}`, fields])))
  }

  exchanges.onAsked(readProtocol, ({ from, count }) => void readingOf(from, count))
  exchanges.onReplied(readProtocol, ({ from, to, count, request: { shards }, reply }) => {
    const reading = readingOf(from, count)
    if (reading === undefined) return
    if (reply.more) reading.isOpen = true
    noteRows(reading, shards, to, reply.rows)
  })
  exchanges.onAsked(newestProtocol, ({ from, count, request: { ids } }) => {
    for (const [owner, name] of ids) readingOf(from, count)?.asked.add(`${owner}/${name}`)
  })
  exchanges.onReplied(newestProtocol, ({ from, count, reply }) => {
    const reading = readingOf(from, count)
    if (reading !== undefined) for (const { bytes } of unpackRecords(reply.rows)) hear(reading, bytes)
  })

  return {
    /** The only reading that a node has begun since, if it can be judged. */
    since(asker: PeerId, fromMs: number): Reading | undefined {
      const readings = byAsker.get(asker) ?? new Map<object, Reading>()
      const begun = [...readings.values()].filter(({ beganMs }) => beganMs >= fromMs)
      for (const [count, { beganMs }] of readings) if (beganMs + keptMs < fromMs) readings.delete(count)
      const [only] = begun
      return begun.length === 1 && only?.shards.size === 1 && !only.isOpen ? only : undefined
    }
  }
}

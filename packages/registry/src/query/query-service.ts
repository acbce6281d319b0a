import {
  assert,
  type Clock,
  CloudError,
  type Deadline,
  equalBytes,
  isCloudError,
  keepEncoding,
  sleep,
  startDeadline
} from '@cloudpeer/core'
import { type CompiledQueries, compareSubjects, type OrderBy, plainAttributes, type Query } from '@cloudpeer/model'
import { type Position, positionFromToken, positionOf, tokenFrom } from '../expression/position.ts'
import type { RegistryOptions } from '../options.ts'
import type { Placement } from '../placement.ts'
import type { VerifiedRecord } from '../record/record.ts'
import { type Explanation, type Match, type QueryAnswer, type QueryRequest, queryLimitDefault, queryLimitMax } from '../registry.ts'
import { pageRowsMax } from '../replica/protocol.ts'
import { type Shard, shardId } from '../shard/shard.ts'
import { type Merged, mergeCursors } from './answer-merge.ts'
import { type Plan, type PlannerKnowledge, planQuery } from './planner.ts'
import { createShardCursor, type ShardCursor } from './shard-cursor.ts'
import type { PageSource, ReadContext, ShardReader } from './shard-reader.ts'
import { type MajorityRead, readMajority, type Settler } from './strong-read.ts'

/** What answering queries works with. */
export interface QueryServiceParts {
  readonly clock: Clock
  readonly queries: CompiledQueries
  readonly reader: ShardReader
  readonly settler: Settler
  readonly knowledge: PlannerKnowledge
  readonly placement: Pick<Placement, 'replicas' | 'view'>
  /** Whether a record's owner is there, in the epoch that signed it, as far as this node knows. */
  readonly isCurrent: (record: VerifiedRecord) => boolean
  readonly options: RegistryOptions
}

/** Answers queries over the whole network. */
export type QueryService = (request: QueryRequest, options?: { readonly signal?: AbortSignal }) => Promise<QueryAnswer>

/** Most bytes of records in one answer: what a node holds for one asker. */
export const answerBytesMax = 512 * 1024

/** What one query is answered with. */
interface Reading extends ReadContext {
  readonly query: Query
  readonly orderBy: OrderBy | undefined
  readonly after: Position | undefined
  readonly limit: number
  readonly plan: Plan
}

/** The records of an answer, in order. */
interface Found {
  readonly records: readonly VerifiedRecord[]
  /** Where the next answer begins: after this record, whether or not it is in this one. */
  readonly last: VerifiedRecord | undefined
  readonly more: boolean
  readonly missing: readonly Shard[]
}

/** What was found, and by which plan. */
interface Answered {
  readonly reading: Reading
  readonly found: Found
}

/** How long a plan is kept, in ms: sizes and selectivities, which it rests on, change slowly. A stale one costs time, never a match. */
const planKeptMs = 1_000

/** How long a strong read waits for replicas that do not agree on who is one, in ms: news of a member takes a second. */
const agreementMsMax = 3_000
/** Pause before they are asked again, in ms. */
const agreementPauseMs = 100

/** Plans, reads each shard at one replica or at a majority, judges what comes, and merges. */
export function createQueryService({
  clock,
  queries,
  reader,
  settler,
  knowledge,
  placement,
  isCurrent,
  options
}: QueryServiceParts): QueryService {
  const plans = new WeakMap<Query, { readonly plan: Plan; readonly until: number }>()

  /** A query is compiled anew when the schema changes, so that its plan only names shards that there are. */
  function planFor(query: Query, now: number): Plan {
    const known = plans.get(query)
    if (known !== undefined && known.until > now) return known.plan
    const plan = planQuery(query, knowledge)
    assert(plan !== undefined, 'the shard of the names serves every query')
    plans.set(query, { plan, until: now + planKeptMs })
    return plan
  }

  function accepts({ query }: Reading): (record: VerifiedRecord) => boolean {
    return (record) => isCurrent(record) && !record.record.deleted && query.matches(record.record)
  }

  function openCursor(part: Plan['parts'][number], source: PageSource, reading: Reading): ShardCursor {
    const { orderBy, after, limit } = reading
    return createShardCursor(
      { ...part, orderBy, after, pageRows: Math.min(limit, pageRowsMax), accepts: accepts(reading) },
      source,
      reading
    )
  }

  function merge(cursors: readonly ShardCursor[], { orderBy, limit }: Reading): Promise<Merged<ShardCursor>> {
    return mergeCursors(cursors, compareSubjects(orderBy), { records: limit, bytes: answerBytesMax })
  }

  async function readOne(reading: Reading): Promise<Found> {
    const cursors = reading.plan.parts.map((part) => openCursor(part, reader.fromAny(part.shard), reading))
    const { records, more } = await merge(cursors, reading)
    return { records: records.map(({ record }) => record), last: records.at(-1)?.record, more, missing: missingOf(cursors) }
  }

  /** Reads a shard at a majority, again while its replicas answer but do not agree with this node on who they are. */
  async function readAgreed(part: Plan['parts'][number], reading: Reading): Promise<MajorityRead> {
    const { shard } = part
    const giveUpMs = clock.now() + agreementMsMax
    for (;;) {
      const view = placement.view(shard)
      const read = await readMajority({
        candidates: reader.candidates(shard),
        replicas: placement.replicas(shard).length,
        agrees: ({ views }) => views !== undefined && equalBytes(views, view),
        open: (peer) => openCursor(part, reader.fromOne(shard, peer), reading)
      })
      if (!read.divided || clock.now() >= giveUpMs) return read
      await sleep(clock, agreementPauseMs, reading.signal)
    }
  }

  /** A record that a newer version has superseded elsewhere gives way to it, or is left out where that no longer matches. */
  async function readStrong(reading: Reading): Promise<Found> {
    const { parts } = reading.plan
    const groups = await Promise.all(parts.map((part) => readAgreed(part, reading)))
    const cursors = groups.flatMap((group) => group.cursors)
    const merged = await merge(cursors, reading)
    const settled = await settler.settle(merged.records, groups, reading)
    const records = settled.records.filter(accepts(reading)).sort((a, b) => compareSubjects(reading.orderBy)(a.record, b.record))
    const short = parts.filter((_, index) => !settled.complete || !groups[index]?.complete).map(({ shard }) => shard)
    return { records, last: merged.records.at(-1)?.record, more: merged.more, missing: [...new Set([...short, ...missingOf(cursors)])] }
  }

  /**
   * Reads, and where nobody answers for a shard reads others that hold the same, down to that of the names, which has every record. What
   * there is no time for any more is missing.
   */
  async function readWhole(read: (reading: Reading) => Promise<Found>, reading: Reading, deadline: Deadline): Promise<Answered> {
    const first: Answered = { reading, found: await read(reading) }
    const missing = new Set<string>()
    let last = first
    while (last.found.missing.length > 0) {
      for (const shard of last.found.missing) missing.add(shardId(shard))
      const plan = planQuery(reading.query, knowledge, missing)
      if (plan === undefined) return first
      const instead = { ...reading, plan }
      try {
        last = { reading: instead, found: await read(instead) }
      } catch (error) {
        if (isCloudError(error, 'CANCELLED') && deadline.expired) return first
        throw error
      }
    }
    return last
  }

  function answerFrom(
    { reading, found: { records, last, more, missing } }: Answered,
    { strong = false, explain = false }: QueryRequest,
    began: number
  ): QueryAnswer {
    return {
      matches: records.map(matchFrom),
      partial: missing.length > 0,
      missing: missing.map(shardId),
      more,
      ...(more && last && { next: tokenFrom(positionOf(last.record, reading.orderBy)) }),
      consistency: strong ? 'strong' : 'one',
      stats: { nodesAsked: nodesAsked(reading), messages: reading.count.messages, latencyMs: clock.now() - began },
      ...(explain && { explain: explanation(reading.plan, reading) })
    }
  }

  return async (request, { signal } = {}) => {
    const began = clock.now()
    const query = queries.compile(request.expression)
    const after = request.after === undefined ? undefined : positionFromToken(request.after)
    const deadline = startDeadline(clock, options.queryTimeoutMs, signal)
    const reading: Reading = {
      query,
      orderBy: queries.orderBy(request.orderBy),
      after,
      limit: boundedLimit(request.limit),
      plan: planFor(query, began),
      signal: deadline.signal,
      count: { messages: 0 },
      asked: []
    }
    try {
      return answerFrom(await readWhole(request.strong ? readStrong : readOne, reading, deadline), request, began)
    } catch (error) {
      if (isCloudError(error, 'CANCELLED') && deadline.expired) {
        throw new CloudError('TIMED_OUT', { operation: 'the query', timeoutMs: options.queryTimeoutMs })
      }
      throw error
    } finally {
      deadline.clear()
    }
  }
}

function missingOf(cursors: readonly ShardCursor[]): readonly Shard[] {
  return cursors.filter((cursor) => cursor.missing).map(({ shard }) => shard)
}

function boundedLimit(limit = queryLimitDefault): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= queryLimitMax) return limit
  throw new CloudError('INVALID', { field: 'limit', problem: `must be a whole number from 1 to ${queryLimitMax}` })
}

function nodesAsked({ asked }: ReadContext): number {
  return new Set(asked.filter(({ local }) => !local).map(({ node }) => node)).size
}

/** A match as its reader sees it, made once per record. */
const matches = new WeakMap<VerifiedRecord, Match>()

function matchFrom(verified: VerifiedRecord): Match {
  const known = matches.get(verified)
  if (known !== undefined) return known
  const { name, owner, attributes, endpoints } = verified.record
  const match = keepEncoding({ name, owner, attributes: plainAttributes(attributes), endpoints })
  matches.set(verified, match)
  return match
}

function explanation(plan: Plan, { asked }: ReadContext): Explanation {
  const chosen = new Set(plan.parts.map(({ shard }) => shard))
  return {
    terms: plan.terms.map(({ expression, candidates }) => ({
      expression,
      shards: candidates.map(({ shard, estimatedRows, estimatedCost }) => ({
        shard: shardId(shard),
        estimatedRows,
        estimatedCost,
        chosen: chosen.has(shard)
      }))
    })),
    asked: asked.map(({ shards, ...one }) => ({ shard: shards.map(shardId).join(' '), ...one }))
  }
}

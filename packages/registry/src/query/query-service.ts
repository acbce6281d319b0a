import { type Clock, CloudError, isCloudError, startDeadline } from '@cloudpeer/core'
import { compareSubjects, plainAttributes } from '@cloudpeer/model'
import type { RegistryOptions } from '../options.ts'
import type { VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { type Explanation, type Match, type QueryAnswer, type QueryRequest, queryLimitDefault, queryLimitMax } from '../registry.ts'
import { pageRowsMax } from '../replica/protocol.ts'
import { shardId } from '../shard/shard.ts'
import { mergeCursors } from './answer-merge.ts'
import type { CompiledQueries } from './compiled-queries.ts'
import { type Plan, type PlannerKnowledge, planQuery } from './planner.ts'
import { positionFromToken, positionOf, tokenFrom } from './position.ts'
import { createShardCursor } from './shard-cursor.ts'
import type { ReadContext, ShardReader } from './shard-reader.ts'

/** What answering queries works with. */
export interface QueryServiceParts {
  readonly clock: Clock
  readonly queries: CompiledQueries
  readonly records: VerifiedRecords
  readonly reader: ShardReader
  readonly knowledge: PlannerKnowledge
  /** Whether a record's owner is there, in the epoch that signed it, as far as this node knows. */
  readonly isCurrent: (record: VerifiedRecord) => boolean
  readonly options: RegistryOptions
}

/** Answers queries over the whole network. */
export type QueryService = (request: QueryRequest, options?: { readonly signal?: AbortSignal }) => Promise<QueryAnswer>

/** Most bytes of records in one answer: what a node holds for one asker. */
export const answerBytesMax = 512 * 1024

/** Plans, reads each shard at one replica, judges what comes, and merges. */
export function createQueryService({ clock, queries, records, reader, knowledge, isCurrent, options }: QueryServiceParts): QueryService {
  return async (request, { signal } = {}) => {
    const began = clock.now()
    const query = queries.compile(request.expression)
    const orderBy = queries.orderBy(request.orderBy)
    const limit = boundedLimit(request.limit)
    const after = request.after === undefined ? undefined : positionFromToken(request.after)
    const plan = planQuery(query, knowledge)
    const deadline = startDeadline(clock, options.queryTimeoutMs, signal)
    const context: ReadContext = { signal: deadline.signal, count: { messages: 0 }, asked: [] }
    const accepts = (record: VerifiedRecord): boolean => isCurrent(record) && !record.record.deleted && query.matches(record.record)
    const cursors = plan.parts.map((part) =>
      createShardCursor({ ...part, orderBy, after, pageRows: Math.min(limit, pageRowsMax), accepts }, reader, records, context)
    )
    try {
      const merged = await mergeCursors(cursors, compareSubjects(orderBy), { records: limit, bytes: answerBytesMax })
      const last = merged.records.at(-1)
      const missing = cursors.filter((cursor) => cursor.missing).map(({ shard }) => shardId(shard))
      return {
        matches: merged.records.map(matchFrom),
        partial: missing.length > 0,
        missing,
        more: merged.more,
        ...(merged.more && last && { next: tokenFrom(positionOf(last.record, orderBy)) }),
        consistency: 'one',
        stats: { nodesAsked: nodesAsked(context), messages: context.count.messages, latencyMs: clock.now() - began },
        ...(request.explain && { explain: explanation(plan, context) })
      }
    } catch (error) {
      if (isCloudError(error, 'CANCELLED') && deadline.expired)
        throw new CloudError('TIMED_OUT', { operation: 'the query', timeoutMs: options.queryTimeoutMs })
      throw error
    } finally {
      deadline.clear()
    }
  }
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
  const match = { name, owner, attributes: plainAttributes(attributes), endpoints }
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

import { type Clock, CloudError, type PeerId, type Random, sample } from '@cloudpeer/core'
import { type CompiledQueries, compareSubjects, type Subject } from '@cloudpeer/model'
import type { MessageCount, ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import { subjectAt } from '../expression/position.ts'
import type { RegistryOptions } from '../options.ts'
import type { Placement } from '../placement.ts'
import type { VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import type { Explanation } from '../registry.ts'
import type { HeldShards } from '../replica/held-shards.ts'
import { unpackRecords } from '../replica/page.ts'
import { readProtocol } from '../replica/protocol.ts'
import type { RecordStore } from '../replica/record-store.ts'
import type { Replica } from '../replica/replica.ts'
import { type Shard, shardId } from '../shard/shard.ts'

/** One replica that was asked, as it is explained but for the shards' names. */
export interface Asked extends Omit<Explanation['asked'][number], 'shard'> {
  readonly shards: readonly Shard[]
}

/** What reading one operation's pages shares: its end, its count, and its record of who was asked. */
export interface ReadContext {
  readonly signal: AbortSignal
  readonly count: MessageCount
  readonly asked: Asked[]
}

/** What a reader works with. */
export interface ShardReaderParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly placement: Placement
  readonly held: HeldShards
  readonly replica: Replica
  readonly store: RecordStore
  readonly records: VerifiedRecords
  readonly queries: CompiledQueries
  readonly options: RegistryOptions
}

/** A page of a shard with its records opened: a replica that sends one that does not verify has not answered. */
export interface ShardPage extends Omit<ReplyOf<typeof readProtocol>, 'rows'> {
  readonly records: readonly VerifiedRecord[]
  readonly from: PeerId
}

/** What is asked of a replica, but for the shard. */
export type PageRequest = Omit<RequestOf<typeof readProtocol>, 'shards'>

/**
 * Where the pages of one shard come from; undefined if nobody there gives one that can be right. What a peer calls its error is
 * no reason to stop: only the end of the operation is.
 */
export type PageSource = (request: PageRequest, context: ReadContext) => Promise<ShardPage | undefined>

/** Reads shards at their replicas. */
export interface ShardReader {
  /** Pages from whichever replica answers: the same one for as long as it does. */
  fromAny(shard: Shard): PageSource
  /** Pages from one replica alone. */
  fromOne(shard: Shard, replica: PeerId): PageSource
  /** The replicas in the order in which they are best asked: this node, the faster ones, those under suspicion last. */
  candidates(shard: Shard): readonly PeerId[]
  /** Rows that a replica of the shard was last seen to hold. */
  rowsHeld(shard: Shard): number | undefined
}

/** Shards whose size is remembered. */
const sizesMax = 4096
/** Weight of the newest round trip in a replica's average. */
const latencyWeight = 0.2
/** Replicas whose average round trip is remembered. */
const latenciesMax = 16_384

/** How long a round trip says something about the next, in ms: a replica that failed is tried again after that. */
const latencyKeptMs = 10_000
/** Outcome of a read that was answered; any other is an error's code. */
const answered = 'answered'

/** A reader that prefers this node, then the faster of two random replicas, and goes on to the next until one answers. */
export function createShardReader({
  clock,
  random,
  transport,
  placement,
  held,
  replica,
  store,
  records,
  queries,
  options
}: ShardReaderParts): ShardReader {
  const latencies = new Map<PeerId, { readonly ms: number; readonly at: number }>()
  const sizes = new Map<string, number>()

  async function ask(peer: PeerId, request: RequestOf<typeof readProtocol>, context: ReadContext): Promise<ShardPage> {
    const began = clock.now()
    const local = peer === transport.self
    const note = (outcome: string, rowsRead: number, rowsReturned: number): void => {
      const latencyMs = clock.now() - began
      if (!local) noteLatency(peer, outcome === answered ? latencyMs : Math.max(latencyMs, options.readTimeoutMs))
      context.asked.push({ shards: request.shards, node: peer, local, outcome, rowsRead, rowsReturned, latencyMs })
    }
    try {
      const page = local ? readHere(request) : await readThere(peer, request, context)
      note(answered, page.read, page.records.length)
      return page
    } catch (error) {
      if (error instanceof CloudError) note(error.code, 0, 0)
      throw error
    }
  }

  function readHere(request: RequestOf<typeof readProtocol>): ShardPage {
    const { rows, more, read } = replica.select(request)
    return { records: rows, more, read, held: store.live, views: Buffer.concat(request.shards.map(placement.view)), from: transport.self }
  }

  async function readThere(peer: PeerId, request: RequestOf<typeof readProtocol>, { signal, count }: ReadContext): Promise<ShardPage> {
    const { rows, ...page } = await transport.request(peer, readProtocol, request, { signal, count, timeoutMs: options.readTimeoutMs })
    const opened = unpackRecords(rows).map((signed) => records.open(signed))
    checkPage(opened, page.more, request)
    return { ...page, records: opened, from: peer }
  }

  /**
   * INVALID for a page that no honest replica sends: longer than asked for, not in order after the page before it, with records that
   * do not satisfy the expression, or promising more with none. So a service is on one page at most, and every page gets on.
   */
  function checkPage(page: readonly VerifiedRecord[], more: boolean, { expression, orderBy: order, after, limit }: PageRequest): void {
    const orderBy = queries.orderBy(order)
    const compare = compareSubjects(orderBy)
    const subjects = [...(after ? [subjectAt(after, orderBy)] : []), ...page.map(({ record }) => record)]
    const inOrder = subjects.every((subject, index) => index === 0 || compare(subjects[index - 1] as Subject, subject) < 0)
    const query = queries.compile(expression)
    const matches = page.every(({ record }) => query.matches(record))
    if (page.length <= limit && inOrder && matches && (page.length > 0 || !more)) return
    throw new CloudError('INVALID', { field: 'rows', problem: 'are not what was asked for' })
  }

  function noteLatency(peer: PeerId, latencyMs: number): void {
    const known = latencyOf(peer) ?? latencyMs
    if (latencies.size >= latenciesMax) latencies.clear()
    latencies.set(peer, { ms: known + latencyWeight * (latencyMs - known), at: clock.now() })
  }

  function latencyOf(peer: PeerId): number | undefined {
    const known = latencies.get(peer)
    return known !== undefined && clock.now() - known.at < latencyKeptMs ? known.ms : undefined
  }

  /** The replicas but this node: the faster of two random ones, then the others, then the doubtful ones. */
  function inOrder(replicas: readonly PeerId[]): PeerId[] {
    const others = sample(random, replicas, replicas.length).filter((peer) => peer !== transport.self)
    const now = clock.now()
    const doubtful = new Set(others.filter((peer) => placement.isDoubtful(peer, now)))
    const [first, second, ...rest] = others.filter((peer) => !doubtful.has(peer))
    if (first === undefined || second === undefined) return [...(first === undefined ? [] : [first]), ...doubtful]
    const faster = (latencyOf(second) ?? 0) < (latencyOf(first) ?? 0) ? [second, first] : [first, second]
    return [...faster, ...rest, ...doubtful]
  }

  function candidates(shard: Shard): readonly PeerId[] {
    return held.isReady(shard) ? [transport.self, ...inOrder(placement.replicas(shard))] : inOrder(placement.replicas(shard))
  }

  /** What the other route says, when nobody that the directory knows has answered. */
  async function located(shard: Shard, signal: AbortSignal): Promise<readonly PeerId[]> {
    try {
      return (await placement.locate(shard, signal)).filter((peer) => peer !== transport.self)
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      return []
    }
  }

  function fromOne(shard: Shard, peer: PeerId): PageSource {
    return async (body, context) => {
      try {
        const page = await ask(peer, { shards: [shard], ...body }, context)
        if (sizes.size >= sizesMax) sizes.clear()
        sizes.set(shardId(shard), page.held)
        return page
      } catch (error) {
        if (!(error instanceof CloudError) || context.signal.aborted) throw error
        return undefined
      }
    }
  }

  async function fromFirst(
    shard: Shard,
    peers: readonly PeerId[],
    body: PageRequest,
    context: ReadContext
  ): Promise<ShardPage | undefined> {
    for (const peer of peers) {
      const page = await fromOne(shard, peer)(body, context)
      if (page !== undefined) return page
    }
    return undefined
  }

  function fromAny(shard: Shard): PageSource {
    let source: PeerId | undefined
    return async (body, context) => {
      const known = source === undefined ? undefined : await fromOne(shard, source)(body, context)
      const tried = candidates(shard)
      const page =
        known ??
        (await fromFirst(shard, tried, body, context)) ??
        (await fromFirst(
          shard,
          (await located(shard, context.signal)).filter((peer) => !tried.includes(peer)),
          body,
          context
        ))
      source = page?.from
      return page
    }
  }

  return { fromAny, fromOne, candidates, rowsHeld: (shard) => sizes.get(shardId(shard)) }
}

import { type Clock, CloudError, type PeerId, type Random, sample } from '@cloudpeer/core'
import type { MessageCount, ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import type { RegistryOptions } from '../options.ts'
import type { Placement } from '../placement.ts'
import type { Explanation } from '../registry.ts'
import type { HeldShards } from '../replica/held-shards.ts'
import { readProtocol } from '../replica/protocol.ts'
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
  readonly options: RegistryOptions
}

/** A page of a shard, from whichever replica answered. */
export interface ShardPage extends ReplyOf<typeof readProtocol> {
  readonly from: PeerId
}

/** Reads shards at whichever replica answers. */
export interface ShardReader {
  /**
   * One page, from `preferred` if it answers; undefined if no replica of the shard could be reached. Errors that another
   * replica would repeat are thrown.
   */
  read(
    shard: Shard,
    request: Omit<RequestOf<typeof readProtocol>, 'shards'>,
    context: ReadContext,
    preferred?: PeerId
  ): Promise<ShardPage | undefined>
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

/** Errors that do not depend on the replica asked. */
const finalCodes: ReadonlySet<string> = new Set(['CANCELLED', 'STOPPED', 'INVALID'])

/** A reader that prefers this node, then the faster of two random replicas, and goes on to the next until one answers. */
export function createShardReader({ clock, random, transport, placement, held, replica, options }: ShardReaderParts): ShardReader {
  const latencies = new Map<PeerId, { readonly ms: number; readonly at: number }>()
  const sizes = new Map<string, number>()

  async function ask(peer: PeerId, request: RequestOf<typeof readProtocol>, { signal, count, asked }: ReadContext): Promise<ShardPage> {
    const began = clock.now()
    const local = peer === transport.self
    const note = (outcome: string, rowsRead: number, rowsReturned: number): void => {
      const latencyMs = clock.now() - began
      if (!local) noteLatency(peer, outcome === answered ? latencyMs : Math.max(latencyMs, options.readTimeoutMs))
      asked.push({ shards: request.shards, node: peer, local, outcome, rowsRead, rowsReturned, latencyMs })
    }
    try {
      const page = local
        ? replica.read(request)
        : await transport.request(peer, readProtocol, request, { signal, count, timeoutMs: options.readTimeoutMs })
      note(answered, page.read, page.count)
      return { ...page, from: peer }
    } catch (error) {
      if (error instanceof CloudError) note(error.code, 0, 0)
      throw error
    }
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

  /** The replicas in the order in which they are asked. */
  function inOrder(replicas: readonly PeerId[]): PeerId[] {
    const others = sample(
      random,
      replicas.filter((peer) => peer !== transport.self),
      replicas.length
    )
    const [first, second, ...rest] = others
    if (first === undefined || second === undefined) return others
    return (latencyOf(second) ?? 0) < (latencyOf(first) ?? 0) ? [second, first, ...rest] : others
  }

  return {
    async read(shard, body, context, preferred) {
      const request = { shards: [shard], ...body }
      const tried = new Set<PeerId>()
      async function first(peers: readonly PeerId[]): Promise<ShardPage | undefined> {
        for (const peer of peers) {
          if (tried.has(peer)) continue
          tried.add(peer)
          try {
            const page = await ask(peer, request, context)
            if (sizes.size >= sizesMax) sizes.clear()
            sizes.set(shardId(shard), page.held)
            return page
          } catch (error) {
            if (!(error instanceof CloudError) || context.signal.aborted || finalCodes.has(error.code)) throw error
          }
        }
        return undefined
      }
      if (held.isReady(shard)) return ask(transport.self, request, context)
      const inTurn = [...(preferred === undefined ? [] : [preferred]), ...inOrder(placement.replicas(shard))]
      return (await first(inTurn)) ?? first(await located(shard, context.signal))
    },
    rowsHeld: (shard) => sizes.get(shardId(shard))
  }

  /** What the other routes say, when nobody that the directory knows has answered. */
  async function located(shard: Shard, signal: AbortSignal): Promise<readonly PeerId[]> {
    try {
      return (await placement.locate(shard, signal)).filter((peer) => peer !== transport.self)
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      return []
    }
  }
}

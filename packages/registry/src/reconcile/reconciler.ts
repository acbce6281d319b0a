import {
  type Clock,
  CloudError,
  equalBytes,
  isCloudError,
  type Metrics,
  type PeerId,
  type Random,
  Semaphore,
  sample,
  startDeadline
} from '@cloudpeer/core'
import type { RequestOf, Transport } from '@cloudpeer/transport'
import type { RegistryOptions } from '../options.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import type { AskNewest } from '../replica/newest.ts'
import type { RecordStore } from '../replica/record-store.ts'
import { type Row, recordId } from '../replica/row.ts'
import type { Shard } from '../shard/shard.ts'
import { Exchange } from './exchange.ts'
import { createFetcher } from './fetcher.ts'
import { recordDigest } from './fingerprint.ts'
import type { Item, ItemList } from './item-list.ts'
import { createLearner } from './learner.ts'
import { createPace } from './pace.ts'
import { reconcileProtocol } from './protocol.ts'
import { createPusher, type Pushed } from './pusher.ts'
import { createRefusals } from './refusals.ts'

/** What reconciling works with. */
export interface ReconcilerParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly store: RecordStore
  readonly records: VerifiedRecords
  readonly askNewest: AskNewest
  readonly items: (shard: Shard) => ItemList
  readonly options: RegistryOptions
  readonly metrics: Metrics
}

/** What came of comparing a shard with another node's. */
export interface Reconciled {
  /** Whether everything was compared; what was found until then has been moved in any case. */
  readonly complete: boolean
  /** Whether the other node is complete in the shard as whose replica it was asked. */
  readonly ready: boolean
  /** The digest of the replicas at which the other node saw that shard when the comparison began, if it told. */
  readonly view: Uint8Array | undefined
  /** Records that were new to this node, and to the other. */
  readonly fetched: number
  readonly pushed: number
}

/**
 * Compares this node's copies in a shard with another node's, takes what is missing or older here, and sends what is
 * missing or older there. To a node that is not complete it sends nothing: that one takes for itself. `by` is the shard as whose
 * replica the other is asked, if not this one: then it is only taken from. Errors are the transport's, STORE_FULL, QUOTA_EXCEEDED, and
 * INVALID, MALFORMED or RECORD_FORGED where the peer lies.
 */
export type Reconcile = (shard: Shard, peer: PeerId, signal: AbortSignal, by?: Shard) => Promise<Reconciled>

/** Bytes that may be moved at once after a rest: a few pages. */
const burstBytes = 1024 * 1024

/** Longest that one exchange may take, in ms: a peer that is slow on purpose must not hold up the others. What was moved until then stays. */
const exchangeMsMax = 60_000

/** A reconciler over one node's copies. All its work shares one rate and one number of shards at once. */
export function createReconciler({
  clock,
  random,
  transport,
  store,
  records,
  askNewest,
  items,
  options,
  metrics
}: ReconcilerParts): Reconcile {
  const running = new Semaphore('shards reconciled at once', options.reconciledAtOnceMax, Number.MAX_SAFE_INTEGER)
  const bytes = metrics.counter('cloudpeer_registry_reconciled_bytes_total', 'Bytes of the records that reconciliation moved')
  const outcomes = metrics.counter('cloudpeer_registry_reconciled_total', 'Shards compared with another node', ['outcome'])
  const repaired = metrics.counter('cloudpeer_registry_repaired_records_total', 'Records that a node lacked', ['direction'])
  const within = createPace(clock, { perSecond: options.reconciledBytesPerSecond, burst: burstBytes })
  const parts = {
    clock,
    transport,
    store,
    records,
    askNewest,
    refusals: createRefusals(),
    async pace(moved: number, signal: AbortSignal) {
      bytes.add(moved)
      await within(moved, signal)
    }
  }
  const fetch = createFetcher(parts)
  const learn = createLearner(parts)
  const push = createPusher({ ...parts, learn })

  async function compare(
    exchange: Exchange,
    peer: PeerId,
    shards: Pick<RequestOf<typeof reconcileProtocol>, 'shard' | 'by'>,
    signal: AbortSignal
  ): Promise<Pick<Reconciled, 'ready' | 'view'>> {
    let ready = false
    let view: Uint8Array | undefined
    for (let ranges = exchange.next(); ranges !== undefined; ranges = exchange.next()) {
      const reply = await transport.request(peer, reconcileProtocol, { ...shards, ranges }, { signal })
      exchange.receive(reply)
      ready = reply.ready
      view ??= reply.views
    }
    return { ready, view }
  }

  /** Whether a version is still here: it may have been an older one than what has just been fetched. */
  function isHeld(item: Item): boolean {
    const row = store.get(recordId(item))
    return row !== undefined && equalBytes(recordDigest(row.bytes), item.digest)
  }

  /** What is here and not there is given to another replica of the shard; at any other node it may be superseded all the same. */
  async function settle(peer: PeerId, rows: readonly Row[], signal: AbortSignal, by: Shard | undefined): Promise<Pushed> {
    return by === undefined ? push(peer, rows, signal) : { taken: 0, learned: await learn(peer, rows, signal) }
  }

  async function reconcile(shard: Shard, peer: PeerId, signal: AbortSignal, by?: Shard): Promise<Reconciled> {
    const exchange = new Exchange(items(shard))
    const { ready, view } = await compare(exchange, peer, { shard, ...(by && { by }) }, signal)
    const ids = new Set<string>()
    let fetched = 0
    // In random order: without room for all, each attempt may find others that free room.
    for (const lacking of sample(random, exchange.lacking, exchange.lacking.length)) {
      const { stored, superseded } = await fetch(shard, peer, lacking, signal)
      fetched += stored
      for (const id of superseded) ids.add(id)
    }
    for (const item of exchange.surplus) if (isHeld(item)) ids.add(recordId(item))
    const rows = [...ids].flatMap((id) => store.get(id) ?? [])
    const { taken: pushed, learned } = ready ? await settle(peer, rows, signal, by) : { taken: 0, learned: 0 }
    fetched += learned
    outcomes.with({ outcome: exchange.equal ? 'equal' : exchange.complete ? 'repaired' : 'incomplete' }).add()
    repaired.with({ direction: 'fetched' }).add(fetched)
    repaired.with({ direction: 'pushed' }).add(pushed)
    return { complete: exchange.complete, ready, view, fetched, pushed }
  }

  async function reconcileInTime(shard: Shard, peer: PeerId, signal: AbortSignal, by?: Shard): Promise<Reconciled> {
    const deadline = startDeadline(clock, exchangeMsMax, signal)
    try {
      return await reconcile(shard, peer, deadline.signal, by)
    } catch (error) {
      if (!deadline.expired || !isCloudError(error, 'CANCELLED')) throw error
      throw new CloudError('TIMED_OUT', { operation: 'the reconciliation', timeoutMs: exchangeMsMax, peer })
    } finally {
      deadline.clear()
    }
  }

  return (shard, peer, signal, by) => running.run(() => reconcileInTime(shard, peer, signal, by))
}

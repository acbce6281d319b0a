import {
  backoffMs,
  type Clock,
  CloudError,
  isCloudError,
  jittered,
  type Log,
  type PeerId,
  present,
  type Random,
  type Scope,
  Semaphore,
  sleep
} from '@cloudpeer/core'
import type { Overlay } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import { gridOf, type KnownTrees, type SplitTree } from '../cells/index.ts'
import { submitProtocol } from '../protocols/match.ts'
import type { MatchersOf, RankedCell } from './matchers-of.ts'
import { type Batch, Outbox, submitRequestFrom } from './outbox.ts'
import { isOpen } from './outcome.ts'
import type { OwnRequest } from './own-request.ts'

/** What a submitter works with. */
export interface SubmitterParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Pick<Overlay, 'member'>
  readonly matchersOf: MatchersOf
  readonly trees: KnownTrees
  readonly scope: Scope
  readonly log: Log
}

/** Sees to it that the matchers of each request's cells know what is wanted. */
export interface Submitter {
  /** Tells the matchers of a request's cells what of it is wanted, or that nothing is any more. */
  update(request: OwnRequest): void
  /** Tells a request again to those that know it, and to those that are its matchers now. */
  refresh(request: OwnRequest): void
  /** Withdraws a request from matchers that are no longer its own, and tells it to those that are now. */
  replan(request: OwnRequest): void
  cells(request: OwnRequest): readonly string[]
  /** How many matchers have acknowledged a request. */
  acknowledged(request: OwnRequest): number
  /** The code by which matchers refuse a request that none has; undefined where one has it, or none has answered. */
  refused(request: OwnRequest): string | undefined
  /** Whether a matcher refuses all that this node tells it, because a later start of it has spoken there: its own words are taken for old ones. */
  readonly isOvertaken: boolean
  /** Whether a matcher of each cell has the request, or nothing of it is wanted. */
  isSubmitted(request: OwnRequest): boolean
  /** Calls back when that may have changed, until the function returned is called. One at a time for each request. */
  watch(request: OwnRequest, look: () => void): () => void
}

/** Matchers that are told something at once. */
const toldAtOnceMax = 64
/** How matchers that do not answer are tried again. */
const waits = { firstMs: 250, maxMs: 8_000, attemptsMax: Number.POSITIVE_INFINITY }
/** After how long a request that was refused is submitted again, in ms. */
const refusedAgainMs = 5_000
/** Messages without an answer after which withdrawals are no longer tried. */
const withdrawalsMax = 5

/** Where a request waits now. */
interface Waiting {
  readonly cells: readonly string[]
  readonly outboxes: ReadonlySet<Outbox>
}

const nowhere: Waiting = { cells: [], outboxes: new Set() }

/** One outbox for each matcher, one message under way from each. */
export function createSubmitter({ clock, random, transport, overlay, matchersOf, trees, scope, log }: SubmitterParts): Submitter {
  const outboxes = new Map<PeerId, Outbox>()
  const sending = new Set<Outbox>()
  const retrying = new Set<Outbox>()
  const telling = new Semaphore('matchers told at once', toldAtOnceMax, Number.MAX_SAFE_INTEGER)
  const waiting = new Map<OwnRequest, Waiting>()
  const watchers = new Map<OwnRequest, () => void>()
  let messages = 0

  function place(request: OwnRequest, tell: (outbox: Outbox, cells: readonly RankedCell[]) => void): void {
    const isWanted = isOpen(request.state) && request.book.wanted.length > 0
    const cells = isWanted ? matchersOf.cells(request.request.document) : []
    const now = new Set<Outbox>()
    for (const [peer, ranked] of matchersOf.nodes(cells)) {
      const outbox = outboxOf(peer)
      now.add(outbox)
      tell(outbox, ranked)
      wake(outbox)
    }
    for (const outbox of waiting.get(request)?.outboxes ?? []) {
      if (now.has(outbox)) continue
      outbox.withdraw(request.id)
      wake(outbox)
    }
    if (isWanted) waiting.set(request, { cells, outboxes: now })
    else waiting.delete(request)
    watchers.get(request)?.()
  }

  /** Tells a matcher anew what it knows of other cells only. */
  function tellChanges(request: OwnRequest, outbox: Outbox, cells: readonly RankedCell[]): boolean {
    const known = outbox.get(request.id)?.cells
    const isKnown =
      known?.length === cells.length && known.every(([cell, rank], index) => cells[index]?.[0] === cell && cells[index]?.[1] === rank)
    if (!isKnown) outbox.submit(request, cells)
    return !isKnown
  }

  function outboxOf(peer: PeerId): Outbox {
    const known = outboxes.get(peer)
    if (known !== undefined) return known
    const outbox = new Outbox(peer)
    outboxes.set(peer, outbox)
    return outbox
  }

  function wake(outbox: Outbox): void {
    if (outbox.isIdle || sending.has(outbox)) return
    sending.add(outbox)
    scope.spawn('submitting requests', async () => {
      await empty(outbox)
      sending.delete(outbox)
      if (outbox.isEmpty) outboxes.delete(outbox.peer)
      else wake(outbox)
    })
  }

  async function empty(outbox: Outbox): Promise<void> {
    // What is asked for at once goes in one message.
    await Promise.resolve()
    for (let failures = 0; !outbox.isIdle && !scope.signal.aborted; ) {
      const waitMs = await telling.run(() => tell(outbox, failures + 1))
      failures = waitMs === 0 ? 0 : failures + 1
      if (failures >= withdrawalsMax) outbox.dropWithdrawals()
      if (waitMs > 0) await sleep(clock, waitMs, scope.signal)
    }
  }

  /** Sends one message. How long to wait before the next, in ms: 0 if it arrived. */
  async function tell(outbox: Outbox, attempt: number): Promise<number> {
    const batch = outbox.take()
    if (batch.submissions.length + batch.withdrawn.length === 0) return 0
    try {
      const reply = await transport.request(outbox.peer, submitProtocol, messageOf(batch), { signal: scope.signal })
      take(outbox, batch, reply)
      return 0
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      outbox.isOvertaken ||= error.code === 'OVERTAKEN'
      outbox.putBack(batch)
      log.debug('a matcher was not told of requests', { peer: outbox.peer, code: error.code })
      const busyMs = isCloudError(error, 'BUSY') ? Number(error.fields.retryAfterMs) || 0 : 0
      return Math.max(busyMs, backoffMs(waits, attempt, random))
    }
  }

  function messageOf(batch: Batch): RequestOf<typeof submitProtocol> {
    const { epoch } = present(overlay.member(transport.self), 'this node')
    return { ...submitRequestFrom(batch, clock.now()), epoch, seq: ++messages }
  }

  function take(outbox: Outbox, batch: Batch, { refused, trees: told }: ReplyOf<typeof submitProtocol>): void {
    outbox.isOvertaken = false
    outbox.settle(batch, new Map(refused.map(({ index, code }) => [index, code])))
    for (const { index, code } of refused) log.debug('a matcher refuses a request', { peer: outbox.peer, code, index })
    if (refused.length > 0) retryLater(outbox)
    learn(told)
    for (const { request } of batch.submissions) watchers.get(request)?.()
  }

  /** Requests in cells that are split otherwise now go to the matchers of their parts. */
  function learn(told: readonly SplitTree[]): void {
    const split = trees.learn(told)
    if (split.size === 0) return
    for (const [request, { cells }] of waiting) if (cells.some((cell) => split.has(gridOf(cell)))) replan(request)
  }

  /** One wait for all that a matcher refuses, however many messages that was. */
  function retryLater(outbox: Outbox): void {
    if (retrying.has(outbox)) return
    retrying.add(outbox)
    scope.spawn('submitting requests again', async () => {
      while (outbox.hasRefused) {
        await sleep(clock, jittered(random, refusedAgainMs), scope.signal)
        outbox.retryRefused()
        wake(outbox)
      }
      retrying.delete(outbox)
    })
  }

  function replan(request: OwnRequest): void {
    place(request, (outbox, cells) => void tellChanges(request, outbox, cells))
  }

  function acknowledgedCells(request: OwnRequest): ReadonlySet<string> {
    const told = [...(waiting.get(request)?.outboxes ?? [])]
      .map((outbox) => outbox.get(request.id))
      .filter((submission) => submission?.told)
    return new Set(told.flatMap((submission) => submission?.cells.map(([cell]) => cell) ?? []))
  }

  return {
    update: (request) => place(request, (outbox, cells) => outbox.submit(request, cells)),
    refresh: (request) =>
      place(request, (outbox, cells) => {
        if (!tellChanges(request, outbox, cells)) outbox.refresh(request.id)
      }),
    replan,
    cells: (request) => (waiting.get(request) ?? nowhere).cells,
    acknowledged: (request) => [...(waiting.get(request) ?? nowhere).outboxes].filter((outbox) => outbox.get(request.id)?.told).length,
    refused(request) {
      const matchers = [...(waiting.get(request) ?? nowhere).outboxes]
      if (matchers.some((outbox) => outbox.get(request.id)?.told)) return undefined
      return matchers.map((outbox) => outbox.refusal(request.id)).find((code) => code !== undefined)
    },
    get isOvertaken() {
      return [...outboxes.values()].some((outbox) => outbox.isOvertaken)
    },
    isSubmitted(request) {
      const told = acknowledgedCells(request)
      return (waiting.get(request) ?? nowhere).cells.every((cell) => told.has(cell))
    },
    watch(request, look) {
      watchers.set(request, look)
      return () => void watchers.delete(request)
    }
  }
}

import type { Clock, Counter, Histogram, Metrics, Timer } from '@cloudpeer/core'
import type { Lease } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'
import type { RequestState } from '../provisioning.ts'
import type { LeaseAsker } from './lease-asker.ts'
import type { LeaseIndex, LeaseOfRequest } from './lease-index.ts'
import { isOpen, isWaiting } from './outcome.ts'
import type { OwnRequest } from './own-request.ts'
import type { Releaser } from './releaser.ts'
import type { RequestStore } from './request-store.ts'
import type { Submitter } from './submitter.ts'

/** What keeping requests works with. */
export interface RequestKeeperParts {
  readonly clock: Clock
  readonly store: RequestStore
  readonly index: LeaseIndex
  readonly submitter: Submitter
  readonly releaser: Releaser
  readonly asker: LeaseAsker
  /** A request waits, anew or since it was made. */
  readonly onWaiting: (request: OwnRequest) => void
  readonly metrics: Metrics
}

/** How long a request that has ended is remembered, in ms, and how many are. */
const endedKeptMs = 3_600_000
const endedMax = 1_000
/** Leases of one owner are renewed together with one that is due: those that would be within this share of their time. */
const togetherShare = 1 / 20
/** The longest wait for one alarm, in ms: timers of the machine hold no more than 24 days. */
const alarmMsMax = 86_400_000

/** What is remembered of a request beside itself. */
interface Kept {
  timer: Timer | undefined
  /** What its matchers were told. */
  told: string
  state: RequestState | undefined
  endedAtMs: number | undefined
}

/**
 * The requests of this node. After each change of one it does what follows from it: notes how far the request is, writes it down, asks owners,
 * gives back, tells matchers, and sets the alarm for the next change that time brings.
 */
export class RequestKeeper {
  readonly #parts: RequestKeeperParts
  readonly #requests = new Map<string, OwnRequest>()
  readonly #keyed = new Map<string, OwnRequest>()
  readonly #kept = new Map<OwnRequest, Kept>()
  /** In the order in which they ended. */
  readonly #ended = new Set<OwnRequest>()
  readonly #watchers = new Map<OwnRequest, Set<() => void>>()
  readonly #outcomes: Counter
  readonly #waitedMs: Histogram
  #stopped = false

  constructor(parts: RequestKeeperParts) {
    this.#parts = parts
    this.#outcomes = parts.metrics.counter('cloudpeer_provisioning_requests_total', 'Requests of this node, by what became of them', [
      'outcome'
    ])
    this.#waitedMs = parts.metrics.histogram('cloudpeer_provisioning_waited_ms', 'How long granted requests of this node waited, in ms')
  }

  /** All of them, oldest first. */
  get requests(): Iterable<OwnRequest> {
    return this.#requests.values()
  }

  /** Those that have not ended. */
  get openCount(): number {
    return this.#requests.size - this.#ended.size
  }

  get(id: string): OwnRequest | undefined {
    return this.#requests.get(id)
  }

  /** The request that was sent with a key. */
  keyed(key: string): OwnRequest | undefined {
    return this.#keyed.get(key)
  }

  /** Takes a request of the last run, which is on disk as it is. */
  restore(request: OwnRequest): void {
    const { idempotencyKey } = request.spec
    this.#requests.set(request.id, request)
    if (idempotencyKey !== undefined) this.#keyed.set(idempotencyKey, request)
    this.#kept.set(request, { timer: undefined, told: '', state: undefined, endedAtMs: undefined })
    this.changed(request)
  }

  /** Takes a new request. Resolves when it is on disk; where it cannot be written it is forgotten. STORE_FULL, STORE_FAILED. */
  async add(request: OwnRequest): Promise<void> {
    const { store } = this.#parts
    store.add(request)
    this.restore(request)
    try {
      await store.committed()
    } catch (error) {
      this.giveUp(request)
      this.#forget(request)
      throw error
    }
  }

  /** Withdraws a request and gives its leases back. */
  giveUp(request: OwnRequest): void {
    request.happen('cancelled', this.#parts.clock.now())
    request.book.giveUp()
    this.changed(request)
  }

  /** Does what follows from a change of a request, or from time that has passed. */
  changed(request: OwnRequest): void {
    const kept = this.#kept.get(request)
    if (kept === undefined || this.#stopped) return
    const { clock, store, index, releaser, asker } = this.#parts
    const nowMs = clock.now()
    this.#advance(request, nowMs)
    const due = request.book.due(nowMs)
    store.note(request)
    index.update(request)
    asker.ask(this.#together(request, due, nowMs))
    releaser.release(request.book.drainReleases().map(({ document }) => document))
    this.#tell(request, kept)
    this.#note(request, kept, nowMs)
    if (this.#kept.has(request)) this.#setAlarm(request, kept, nowMs)
    for (const look of [...(this.#watchers.get(request) ?? [])]) look()
  }

  /** Calls back after each change of a request, until the function returned is called. */
  watch(request: OwnRequest, look: () => void): () => void {
    const watchers = this.#watchers.get(request) ?? new Set()
    this.#watchers.set(request, watchers.add(look))
    return () => {
      watchers.delete(look)
      if (watchers.size === 0) this.#watchers.delete(request)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#kept.values()) timer?.cancel()
  }

  /** What time and the book bring about. */
  #advance(request: OwnRequest, nowMs: number): void {
    const { book } = request
    book.expire(nowMs)
    if (request.deadlineAtMs <= nowMs && request.happen('deadline', nowMs)) book.close()
    if (book.isDone) request.happen('done', nowMs)
    else if (book.isGranted) request.happen('granted', nowMs)
    else if (book.wanted.length > 0) request.happen('lost', nowMs)
  }

  #count(request: OwnRequest): void {
    if (request.state === 'verifying') return
    this.#outcomes.with({ outcome: request.state }).add()
    if (request.state === 'granted') this.#waitedMs.observe(request.waitedMs(this.#parts.clock.now()))
  }

  /** What is due, and the other leases of the same owners that soon will be. */
  #together(request: OwnRequest, due: readonly Verified<Lease>[], nowMs: number): readonly LeaseOfRequest[] {
    const asked = due.map((lease) => ({ request, lease }))
    const renewed = new Set(due.flatMap(({ document }) => (document.state === 'active' ? [document.owner] : [])))
    const others = [...renewed].flatMap((owner) => [...this.#parts.index.of(owner)].filter((other) => this.#isSoonDue(other, nowMs)))
    for (const { request: other, lease } of others) other.book.renewing(lease, nowMs)
    return [...asked, ...others]
  }

  #isSoonDue({ request, lease }: LeaseOfRequest, nowMs: number): boolean {
    const unit = request.book.find(lease.document)
    return unit?.state === 'active' && unit.askMs <= nowMs + lease.document.ttlMs * togetherShare
  }

  #tell(request: OwnRequest, kept: Kept): void {
    const now = `${isOpen(request.state)} ${request.request.document.seq} ${request.book.wanted}`
    if (now === kept.told) return
    kept.told = now
    this.#parts.submitter.update(request)
  }

  /** Sees that it waits again, is granted, or has ended. */
  #note(request: OwnRequest, kept: Kept, nowMs: number): void {
    if (request.state !== kept.state) {
      if (isWaiting(request.state)) this.#parts.onWaiting(request)
      this.#count(request)
      kept.state = request.state
    }
    if (isOpen(request.state) || !request.book.isDone) return
    kept.endedAtMs ??= nowMs
    this.#ended.add(request)
    if (nowMs >= kept.endedAtMs + endedKeptMs) this.#forget(request)
    const [oldest] = this.#ended
    if (oldest !== undefined && this.#ended.size > endedMax) this.#forget(oldest)
  }

  #forget(request: OwnRequest): void {
    this.#kept.get(request)?.timer?.cancel()
    this.#kept.delete(request)
    this.#ended.delete(request)
    this.#requests.delete(request.id)
    if (request.spec.idempotencyKey !== undefined) this.#keyed.delete(request.spec.idempotencyKey)
    this.#parts.store.forget(request.id)
  }

  #setAlarm(request: OwnRequest, kept: Kept, nowMs: number): void {
    kept.timer?.cancel()
    const forgetMs = kept.endedAtMs === undefined ? Number.POSITIVE_INFINITY : kept.endedAtMs + endedKeptMs
    const nextMs = Math.min(request.book.nextMs, request.deadlineAtMs, forgetMs)
    // Whole milliseconds: an alarm that comes a rounding error early would be set again for no time at all.
    const delayMs = Math.min(alarmMsMax, Math.max(0, Math.ceil(nextMs - nowMs)))
    kept.timer = nextMs === Number.POSITIVE_INFINITY ? undefined : this.#parts.clock.schedule(delayMs, () => this.changed(request))
  }
}

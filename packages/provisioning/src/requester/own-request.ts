import { leaseId } from '../documents/lease.ts'
import type { CapacityRequest } from '../documents/request.ts'
import type { Verified } from '../documents/signed-document.ts'
import type { RequestState, RequestStatus, UnitStatus } from '../provisioning.ts'
import { isWaiting, type OutcomeEvent, outcomeAfter } from './outcome.ts'
import type { CheckedSpec } from './spec.ts'
import { isLeased, leaseStateOf, type Unit } from './unit.ts'
import type { UnitBook } from './unit-book.ts'

/** What a request is made of, new or found on disk. */
export interface OwnRequestInit {
  readonly spec: CheckedSpec
  /** As it is signed now. */
  readonly request: Verified<CapacityRequest>
  readonly book: UnitBook
  readonly state: RequestState
  /** By the wall clock, in ms since 1970. */
  readonly createdAt: number
  /** How long it waited before, in ms. */
  readonly waitedMs: number
}

/** What of a request has to be written anew. */
export interface RequestChanges {
  /** Its state, or what is asked for. */
  readonly itself: boolean
  readonly units: readonly number[]
}

/** One request of this node: what was asked, how far it is, and how long it has waited. */
export class OwnRequest {
  readonly spec: CheckedSpec
  readonly book: UnitBook
  readonly createdAt: number
  #request: Verified<CapacityRequest>
  #state: RequestState
  #waitedMs: number
  /** Since when that counts, and counts on while it waits. */
  #sinceMs: number
  #isChanged = false

  constructor({ spec, request, book, state, createdAt, waitedMs }: OwnRequestInit, nowMs: number) {
    this.spec = spec
    this.book = book
    this.createdAt = createdAt
    this.#request = request
    this.#state = state
    this.#waitedMs = waitedMs
    this.#sinceMs = nowMs
  }

  get id(): string {
    return this.#request.document.id
  }

  /** As it is signed now. */
  get request(): Verified<CapacityRequest> {
    return this.#request
  }

  get state(): RequestState {
    return this.#state
  }

  /** When its deadline is, in ms; infinite while it does not wait, and for one without a deadline. */
  get deadlineAtMs(): number {
    const { deadlineMs } = this.spec
    return deadlineMs === undefined || !isWaiting(this.#state) ? Number.POSITIVE_INFINITY : this.#sinceMs + deadlineMs - this.#waitedMs
  }

  /** Goes to the state to which an event leads; whether that is another one. */
  happen(event: OutcomeEvent, nowMs: number): boolean {
    const before = this.#state
    this.#state = outcomeAfter(before, event)
    if (isWaiting(before) !== isWaiting(this.#state)) {
      if (isWaiting(before)) this.#waitedMs += nowMs - this.#sinceMs
      this.#sinceMs = nowMs
    }
    const isAnother = before !== this.#state
    this.#isChanged ||= isAnother
    return isAnother
  }

  /** Asks for less from now on. */
  replace(request: Verified<CapacityRequest>): void {
    this.#request = request
    this.#isChanged = true
  }

  /** What has changed of what is on disk since this was called before. */
  drainChanges(): RequestChanges {
    const itself = this.#isChanged
    this.#isChanged = false
    return { itself, units: this.book.drainChanges() }
  }

  waitedMs(nowMs: number): number {
    return Math.floor(this.#waitedMs + (isWaiting(this.#state) ? nowMs - this.#sinceMs : 0))
  }

  status(nowMs: number, submitted: Pick<RequestStatus, 'cells' | 'acknowledged' | 'refused'>): RequestStatus {
    const { expression, mayRelax: _, ...spec } = this.spec
    const now = this.#request.document.expression
    return {
      id: this.id,
      state: this.#state,
      expression,
      ...(now === expression ? {} : { relaxedTo: now }),
      ...spec,
      createdAt: this.createdAt,
      waitedMs: this.waitedMs(nowMs),
      units: this.book.units.map(statusOf),
      ...submitted
    }
  }
}

function statusOf(unit: Unit, place: number): UnitStatus {
  if (!isLeased(unit)) return { unit: place, state: unit.state }
  return { unit: place, state: leaseStateOf(unit), lease: leaseId(unit.lease.document) }
}

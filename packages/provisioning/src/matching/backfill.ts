import { type PeerId, type Random, sample } from '@cloudpeer/core'
import type { Choice } from './choice.ts'
import { type Waiting, wantedUnits } from './demand.ts'
import { isHopeless } from './hopeless.ts'
import type { OwnerPool } from './owner-pool.ts'
import type { OwnerView } from './owner-view.ts'
import { isHarmless, type Reservation, reserve, useSpare } from './reservation.ts'
import { seniorityOf } from './seniority.ts'
import type { WaitingList } from './waiting-list.ts'

/** How long a reservation stands before it is made anew, in ms: estimates change. */
const reservationMs = 1_000
/** How long a request is not reserved for again after it was seen that nothing known will ever make room, in ms. */
const unreservableMs = 10_000
/** Owners at which a single unit is looked for beside the one that is kept: any of them will do, and all would cost more than is gained. */
const singleReservationOwnersMax = 64

/** What keeping room rests on. */
export interface BackfillParts {
  readonly random: Random
  readonly pool: OwnerPool
  readonly waiting: WaitingList
  readonly agingMs: number
  /** Whether a request may be proposed to an owner, whatever is free there. */
  readonly mayUse: (waiting: Waiting, owner: OwnerView, now: number) => boolean
}

/**
 * Keeps room for the most senior request that has none: the reservation is made anew every second, but its holder has one until it is placed
 * or waits no more. Only somebody more senior takes its place.
 */
export class Backfill {
  readonly #parts: BackfillParts
  /** Requests that were looked at and had no room. */
  readonly #roomless = new Set<Waiting>()
  #reservation: Reservation | undefined
  /** Owners that were kept from somebody by the reservation. */
  #withheld = new Set<PeerId>()
  /** Requests that nothing known will ever make room for, and until when that is believed. */
  readonly #unreservable = new WeakMap<Waiting, number>()
  /** When a reservation was looked for in vain. */
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(parts: BackfillParts) {
    this.#parts = parts
  }

  /** When the reservation is to be made anew; undefined without one. */
  get reviewAt(): number | undefined {
    return this.#reservation && this.#reservation.madeAt + reservationMs
  }

  /** Makes the reservation anew if it is time, or if there is none; who has it then, and may have room now. */
  review(now: number): Waiting | undefined {
    if (!this.#isStale(now)) return undefined
    const last = this.#reservation
    this.#drop()
    this.#reserve(now, last)
    return this.#reservation?.holder
  }

  /** Whether a unit may go to an owner that has room: it is the holder's, or does not delay the holder. */
  isAllowed(waiting: Waiting, choice: Choice, endsAt: number): boolean {
    const reservation = this.#reservation
    if (reservation === undefined || reservation.holder === waiting) return true
    if (isHarmless(reservation, waiting, choice, endsAt)) return true
    this.#withheld.add(choice.owner.owner)
    return false
  }

  /** A request had no room. Where nobody has a reservation the most senior one has now. */
  passOver(waiting: Waiting, now: number): void {
    this.#roomless.add(waiting)
    if (this.#reservation === undefined) this.#reserve(now)
  }

  /** A request is placed, by leases that end then. After the holder the next one has a reservation before anybody else has a turn. */
  place(waiting: Waiting, choices: readonly Choice[], endsAt: number, now: number): void {
    this.#roomless.delete(waiting)
    const reservation = this.#reservation
    if (reservation === undefined) return
    for (const choice of choices) useSpare(reservation, choice, endsAt)
    if (reservation.holder !== waiting) return
    this.#drop()
    // Once in a pass: where many are placed at once it is found when one of them has no room.
    if (reservation.madeAt < now) this.#reserve(now)
  }

  #isStale(now: number): boolean {
    const reservation = this.#reservation
    return reservation === undefined || now >= reservation.madeAt + reservationMs || !this.#isWaiting(reservation.holder)
  }

  #reserve(now: number, last?: Reservation): void {
    if (now < this.#failedAt + reservationMs) return
    const first = this.#mostSenior(now)
    this.#reservation = first && this.#reservationFor(first, now, last)
    if (this.#reservation !== undefined || this.#roomless.size === 0) return
    this.#failedAt = now
    if (first !== undefined) this.#unreservable.set(first, now + unreservableMs)
  }

  #mostSenior(now: number): Waiting | undefined {
    const { agingMs } = this.#parts
    let first: Waiting | undefined
    for (const waiting of this.#roomless) {
      if (!this.#isWaiting(waiting)) this.#roomless.delete(waiting)
      else if (!this.#isReservable(waiting, now)) continue
      else if (first === undefined || seniorityOf(waiting, agingMs) < seniorityOf(first, agingMs)) first = waiting
    }
    return first
  }

  #reservationFor(waiting: Waiting, now: number, last?: Reservation): Reservation | undefined {
    const { random, pool, mayUse } = this.#parts
    const count = waiting.demand.gang ? wantedUnits(waiting).length : 1
    if (isHopeless(waiting, count, pool)) return undefined
    const usable = pool.list().filter((owner) => mayUse(waiting, owner, now))
    if (waiting.demand.gang) return reserve(waiting, count, usable, now, last)
    const kept = last?.holder === waiting ? usable.filter(({ owner }) => last.spare.has(owner)) : []
    const sampled = sample(random, usable, singleReservationOwnersMax)
    return reserve(waiting, count, [...new Set([...kept, ...sampled])], now, last)
  }

  #isWaiting(waiting: Waiting): boolean {
    return this.#parts.waiting.get(waiting.demand.key) === waiting && wantedUnits(waiting).length > 0
  }

  /** A request that no known owners can ever place must not keep capacity from others, nor the reservation. */
  #isReservable(waiting: Waiting, now: number): boolean {
    return waiting.hopelessAt !== this.#parts.pool.version && now >= (this.#unreservable.get(waiting) ?? Number.NEGATIVE_INFINITY)
  }

  /** What was withheld is anybody's again. */
  #drop(): void {
    this.#reservation = undefined
    for (const owner of this.#withheld) this.#parts.pool.touch(owner)
    this.#withheld = new Set()
  }
}

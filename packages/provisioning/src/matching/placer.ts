import { type PeerId, type Random, sample } from '@cloudpeer/core'
import { fits } from '@cloudpeer/model'
import TinyQueue from 'tinyqueue'
import { type Choice, choicesAt } from './choice.ts'
import { chooseOwner } from './choose-owner.ts'
import { mayAsk, type Waiting, wantedUnits } from './demand.ts'
import { planGang } from './gang-plan.ts'
import { compareRanks, type Rank, rankOf } from './order.ts'
import type { OwnerPool } from './owner-pool.ts'
import type { OwnerView } from './owner-view.ts'
import { isHarmless, type Reservation, reserve, useSpare } from './reservation.ts'
import { mayHold } from './room.ts'
import type { WaitingList } from './waiting-list.ts'

/** How long a reservation stands before it is made anew, in ms: estimates change. */
const reservationMs = 1_000
/** How long a request is not reserved for again after it was seen that nothing known will ever make room, in ms. */
const unreservableMs = 10_000
/** Owners at which a single unit is reserved: any of them will do, and all would cost more than is gained. */
const singleReservationOwnersMax = 64

/** Owners that gained room together up to which it pays to look which candidates they still have room for. */
const fewOwnersMax = 4

/** What the placing rests on. */
export interface PlacerParts {
  readonly random: Random
  readonly pool: OwnerPool
  readonly waiting: WaitingList
  readonly agingMs: number
  /** Whether the directory says that an owner is there. */
  readonly isPresent: (owner: PeerId) => boolean
}

/** One unit that is to be proposed to an owner. */
export interface Placement {
  readonly waiting: Waiting
  readonly unit: number
  readonly choice: Choice
  /** When the lease will end, on the matcher's clock; infinite if for ever. */
  readonly endsAt: number
}

/** A request whose turn may come, and the owners to look at: all of them if it is not said. */
interface Candidate extends Rank {
  readonly owners: readonly OwnerView[] | undefined
}

/**
 * Decides who gets what: candidates in order, each at once what it can have, and for the first that can have nothing a reservation. A gang
 * takes all its units or none.
 */
export class Placer {
  readonly #parts: PlacerParts
  #reservation: Reservation | undefined
  /** Owners that were kept from somebody by the reservation. */
  #withheld = new Set<PeerId>()
  /** Requests that nothing known will ever make room for, and until when that is believed. */
  readonly #unreservable = new WeakMap<Waiting, number>()
  /** When the last reservation was looked for in vain. */
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(parts: PlacerParts) {
    this.#parts = parts
  }

  /** When the reservation is to be made anew; undefined without one. */
  get reviewAt(): number | undefined {
    return this.#reservation && this.#reservation.madeAt + reservationMs
  }

  /**
   * Goes through requests that are new, or may be asked again, and those that the owners which gained room may do for. Each placement is told
   * at once, and is to be taken off the pool. Ends where `isFull`; what it returns did not have its turn.
   */
  place(fresh: readonly Waiting[], now: number, tell: (placement: Placement) => void, isFull: () => boolean): readonly Waiting[] {
    this.#dropStale(now)
    let queue = new TinyQueue<Candidate>([...this.#candidates(fresh, now)], compareRanks)
    while (queue.length > 0 && !isFull()) {
      const candidate = queue.pop() as Candidate
      const outcome = this.#placeNext(candidate, queue.peek(), now, tell)
      if (outcome === 'later') queue.push({ ...candidate, ...this.#rank(candidate.waiting, now) })
      else if (outcome === 'placed') queue = withoutRoomless(queue, candidate)
    }
    return queue.data.map(({ waiting }) => waiting)
  }

  *#candidates(fresh: readonly Waiting[], now: number): Iterable<Candidate> {
    const { pool, waiting } = this.#parts
    const gained = pool.takeGained()
    const found = new Set(fresh)
    if (this.#reservation === undefined && now >= this.#failedAt + reservationMs && (gained.length > 0 || fresh.length > 0))
      this.#addFirst(found, now)
    for (const each of found) yield { ...this.#rank(each, now), owners: undefined }
    for (const { free } of gained) {
      for (const each of waiting.within(free)) {
        if (found.has(each) || !mayHold(free, each.demand.amounts)) continue
        found.add(each)
        yield { ...this.#rank(each, now), owners: gained }
      }
    }
  }

  /** Without a reservation the first of all that wait has its turn as well: if it cannot be placed, it is to have one. */
  #addFirst(found: Set<Waiting>, now: number): void {
    let first: Rank | undefined
    for (const each of this.#parts.waiting.all()) {
      if (!this.#isReservable(each, now) || each.notBefore > now || wantedUnits(each).length === 0) continue
      const rank = this.#rank(each, now)
      if (first === undefined || compareRanks(rank, first) < 0) first = rank
    }
    if (first !== undefined) found.add(first.waiting)
  }

  /** Places one unit of a request, or a whole gang. `later` if others have come before it meanwhile. */
  #placeNext(candidate: Candidate, next: Rank | undefined, now: number, tell: (placement: Placement) => void): 'placed' | 'later' | 'none' {
    const { waiting, owners } = candidate
    const units = waiting.notBefore > now ? [] : wantedUnits(waiting)
    if (units.length === 0) return 'none'
    // What its requester was given in this pass counts against it.
    if (next !== undefined && compareRanks(next, this.#rank(waiting, now)) < 0) return 'later'
    const choices = waiting.demand.gang ? this.#placeGang(waiting, owners, units.length, now) : this.#placeUnit(waiting, owners, now)
    if (choices === undefined) {
      this.#reserveFor(waiting, now)
      return 'none'
    }
    const endsAt = endOf(waiting, now)
    choices.forEach((choice, index) => {
      if (this.#reservation !== undefined) useSpare(this.#reservation, choice, endsAt)
      tell({ waiting, unit: units[index % units.length] as number, choice, endsAt })
    })
    if (this.#reservation?.holder === waiting) this.#drop()
    return 'placed'
  }

  #placeUnit(waiting: Waiting, owners: readonly OwnerView[] | undefined, now: number): readonly Choice[] | undefined {
    const { random, pool } = this.#parts
    const choice = chooseOwner(random, owners ?? pool.list(), waiting.demand.amounts, (each) => this.#isAllowed(waiting, each, now))
    return choice && [choice]
  }

  #placeGang(waiting: Waiting, owners: readonly OwnerView[] | undefined, count: number, now: number): readonly Choice[] | undefined {
    const { random, pool } = this.#parts
    const { amounts } = waiting.demand
    if (!this.#mayHaveRoom(waiting, owners, count) || this.#isHopeless(waiting, count)) return undefined
    const plan = planGang(random, pool.list(), { amounts, count }, (each) => this.#isAllowed(waiting, each, now))
    waiting.missing = count - plan.length
    return waiting.missing <= 0 ? plan : undefined
  }

  /** Looks at the owners that gained room only: all of them are worth it once those could have made up for what was missing. */
  #mayHaveRoom(waiting: Waiting, owners: readonly OwnerView[] | undefined, count: number): boolean {
    if (owners === undefined) return true
    for (const owner of owners) waiting.missing -= choicesAt(owner, waiting.demand.amounts, count).length
    return waiting.missing <= 0
  }

  #isAllowed(waiting: Waiting, choice: Choice, now: number): boolean {
    const { owner } = choice
    if (!this.#mayUse(waiting, owner, now)) return false
    const reservation = this.#reservation
    if (reservation === undefined || reservation.holder === waiting) return true
    if (isHarmless(reservation, waiting, choice, endOf(waiting, now))) return true
    this.#withheld.add(owner.owner)
    return false
  }

  #mayUse(waiting: Waiting, owner: OwnerView, now: number): boolean {
    return this.#parts.isPresent(owner.owner) && mayAsk(waiting, owner, now) && waiting.demand.accepts(owner)
  }

  /** Whether all owners together could not place it even if nothing of them were taken. */
  #isHopeless(waiting: Waiting, count: number): boolean {
    const { pool } = this.#parts
    if (waiting.hopelessAt === pool.version) return true
    let units = 0
    for (const owner of pool.list()) {
      if (!fits(owner.total, waiting.demand.amounts) || !waiting.demand.accepts(owner)) continue
      units += choicesAt(
        { ...owner, word: { ...owner.word, state: 'open' }, free: owner.total },
        waiting.demand.amounts,
        count - units
      ).length
      if (units >= count) return false
    }
    waiting.hopelessAt = pool.version
    return true
  }

  #reserveFor(waiting: Waiting, now: number): void {
    if (this.#reservation !== undefined || now < this.#failedAt + reservationMs || !this.#isReservable(waiting, now)) return
    const { random, pool } = this.#parts
    const count = waiting.demand.gang ? wantedUnits(waiting).length : 1
    if (this.#isHopeless(waiting, count)) return
    const usable = pool.list().filter((owner) => this.#mayUse(waiting, owner, now))
    const owners = waiting.demand.gang ? usable : sample(random, usable, singleReservationOwnersMax)
    this.#reservation = reserve(waiting, count, owners, now)
    if (this.#reservation !== undefined) return
    this.#failedAt = now
    this.#unreservable.set(waiting, now + unreservableMs)
  }

  /** A request that no known owners can ever place must not keep capacity from others, nor the reservation. */
  #isReservable(waiting: Waiting, now: number): boolean {
    return waiting.hopelessAt !== this.#parts.pool.version && now >= (this.#unreservable.get(waiting) ?? Number.NEGATIVE_INFINITY)
  }

  #dropStale(now: number): void {
    const reservation = this.#reservation
    if (reservation === undefined) return
    const { holder, madeAt } = reservation
    const isWaiting = this.#parts.waiting.get(holder.demand.key) === holder && wantedUnits(holder).length > 0
    if (!isWaiting || now >= madeAt + reservationMs) this.#drop()
  }

  /** What was withheld is anybody's again. */
  #drop(): void {
    this.#reservation = undefined
    for (const owner of this.#withheld) this.#parts.pool.touch(owner)
    this.#withheld = new Set()
  }

  #rank(waiting: Waiting, now: number): Rank {
    return rankOf(waiting, this.#parts.pool.shares, this.#parts.agingMs, now)
  }
}

/** The queue with the candidate that was just served, and without those for which nothing is left of the few owners that they are to look at. */
function withoutRoomless(queue: TinyQueue<Candidate>, served: Candidate): TinyQueue<Candidate> {
  if (served.owners === undefined || served.owners.length > fewOwnersMax) {
    queue.push(served)
    return queue
  }
  const left = [...queue.data, served].filter(
    ({ waiting, owners }) => owners?.some(({ free }) => mayHold(free, waiting.demand.amounts)) ?? true
  )
  return new TinyQueue(left, compareRanks)
}

function endOf({ demand }: Waiting, now: number): number {
  return now + (demand.durationMs ?? Number.POSITIVE_INFINITY)
}

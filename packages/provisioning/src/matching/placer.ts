import type { PeerId, Random } from '@cloudpeer/core'
import TinyQueue from 'tinyqueue'
import { Backfill } from './backfill.ts'
import { type Choice, choicesAt } from './choice.ts'
import { chooseOwner } from './choose-owner.ts'
import { mayAsk, type Waiting, wantedUnits } from './demand.ts'
import { planGang } from './gang-plan.ts'
import { isHopeless } from './hopeless.ts'
import { compareRanks, type Rank, rankOf } from './order.ts'
import type { OwnerPool } from './owner-pool.ts'
import type { OwnerView } from './owner-view.ts'
import type { Pauses } from './pauses.ts'
import { mayHold } from './room.ts'
import type { WaitingList } from './waiting-list.ts'

/** Owners that gained room together up to which it pays to look which candidates they still have room for. */
const fewOwnersMax = 4

/** What the placing rests on. */
export interface PlacerParts {
  readonly random: Random
  readonly pool: OwnerPool
  readonly waiting: WaitingList
  readonly pauses: Pauses
  readonly agingMs: number
  /** Whether the directory says that an owner is there. */
  readonly isPresent: (owner: PeerId) => boolean
}

/** What is to be looked at. */
export interface News {
  /** Requests that are new, or may be asked again. */
  readonly fresh: readonly Waiting[]
  /** Owners that have gained room. */
  readonly gained: readonly OwnerView[]
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

/** Decides who gets what: candidates in order, each at once what it can have and does not delay whom room is kept for. A gang takes all or nothing. */
export class Placer {
  readonly #parts: PlacerParts
  readonly #backfill: Backfill

  constructor(parts: PlacerParts) {
    this.#parts = parts
    this.#backfill = new Backfill({ ...parts, mayUse: (waiting, owner, now) => this.#mayUse(waiting, owner, now) })
  }

  /** When the reservation is to be made anew; undefined without one. */
  get reviewAt(): number | undefined {
    return this.#backfill.reviewAt
  }

  /**
   * Goes through the fresh requests and those that the owners which gained room may do for. Each placement is told at once, and is to be taken
   * off the pool. Ends where `isFull`; what it returns did not have its turn.
   */
  place(news: News, now: number, tell: (placement: Placement) => void, isFull: () => boolean): readonly Waiting[] {
    let queue = new TinyQueue<Candidate>([...this.#candidates(news, now)], compareRanks)
    while (queue.length > 0 && !isFull()) {
      const candidate = queue.pop() as Candidate
      const outcome = this.#placeNext(candidate, queue.peek(), now, tell)
      if (outcome === 'later') queue.push({ ...candidate, ...this.#rank(candidate.waiting, now) })
      else if (outcome === 'placed') queue = withoutRoomless(queue, candidate)
    }
    return queue.data.map(({ waiting }) => waiting)
  }

  *#candidates({ fresh, gained }: News, now: number): Iterable<Candidate> {
    const holder = this.#backfill.review(now)
    const found = new Set(holder === undefined ? fresh : [...fresh, holder])
    for (const each of found) yield { ...this.#rank(each, now), owners: undefined }
    for (const { free } of gained) {
      for (const each of this.#parts.waiting.within(free)) {
        if (found.has(each) || !mayHold(free, each.demand.amounts)) continue
        found.add(each)
        yield { ...this.#rank(each, now), owners: gained }
      }
    }
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
      this.#backfill.passOver(waiting, now)
      return 'none'
    }
    const endsAt = endOf(waiting, now)
    choices.forEach((choice, index) => {
      tell({ waiting, unit: units[index % units.length] as number, choice, endsAt })
    })
    this.#backfill.place(waiting, choices, endsAt, now)
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
    if (!this.#mayHaveRoom(waiting, owners, count) || isHopeless(waiting, count, pool)) return undefined
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
    return this.#mayUse(waiting, choice.owner, now) && this.#backfill.isAllowed(waiting, choice, endOf(waiting, now))
  }

  #mayUse(waiting: Waiting, owner: OwnerView, now: number): boolean {
    const { isPresent, pauses } = this.#parts
    if (pauses.has(owner.owner, waiting.demand.requester, now)) return false
    return isPresent(owner.owner) && mayAsk(waiting, owner, now) && waiting.demand.accepts(owner)
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

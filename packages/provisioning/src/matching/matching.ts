import type { PeerId, Random } from '@cloudpeer/core'
import TinyQueue from 'tinyqueue'
import { type Demand, type Proposal, type Waiting, waitingFrom } from './demand.ts'
import { OwnerPool } from './owner-pool.ts'
import type { Debit, OfferedCapacity, OwnerView, Word } from './owner-view.ts'
import { Pauses } from './pauses.ts'
import { type Placement, Placer } from './placer.ts'
import { WaitingList } from './waiting-list.ts'

/** Owners that are remembered to have refused one request; beyond, the first is forgotten. */
const refusalsMax = 64
/** The longest that an owner's word is taken for that it holds nothing for a requester, in holds. */
const pauseHoldsMax = 60
/** How long room is gathered while gangs wait, in ms: leases of one request end together, and each owner tells of its own. */
const gatherMs = 100

/** What a matching is made with. */
export interface MatchingInit {
  readonly random: Random
  /** After how much waiting a request counts as one priority higher, in ms. */
  readonly agingMs: number
  /** How long an owner keeps what it holds for a requester that has not confirmed, in ms. */
  readonly holdMs: number
  /** First and longest wait before a request is proposed again to an owner that refused it, in ms. */
  readonly backoffFirstMs: number
  readonly backoffMaxMs: number
  /** Whether the directory says that an owner is there; true for all if not given. */
  readonly isPresent?: (owner: PeerId) => boolean
}

/** An owner's answer to a proposal: the units that it holds, and what is free now. */
export interface Answer extends Word {
  readonly granted: readonly number[]
  /** For how long it holds nothing for this requester, in ms. */
  readonly pauseMs?: number
}

/** How a request is told. */
interface Submission {
  readonly now: number
  readonly notBefore?: number
  readonly changed?: boolean
}

/** Something that happens by itself. */
interface Alarm {
  readonly at: number
  ring(): void
}

/**
 * The offers and the waiting requests of one matcher, and what is to be proposed to whom: pure, told all times and all news by its caller.
 * After each piece of news, and at {@link wakeAt}, the caller asks for the {@link next} proposals, and tells how each one ended.
 */
export class Matching {
  readonly #init: MatchingInit
  readonly #pool = new OwnerPool()
  readonly #waiting = new WaitingList()
  readonly #pauses = new Pauses()
  readonly #placer: Placer
  /** Requests that are to be looked at whether or not an owner gains room. */
  #fresh = new Set<string>()
  /** When the present reservation is to be made anew. */
  #remindedAt: number | undefined
  /** Until when room that owners have gained is gathered. */
  #gatherUntil: number | undefined
  readonly #alarms = new TinyQueue<Alarm>([], (a, b) => a.at - b.at)

  constructor(init: MatchingInit) {
    this.#init = init
    const { random, agingMs, isPresent = () => true } = init
    this.#placer = new Placer({ random, pool: this.#pool, waiting: this.#waiting, pauses: this.#pauses, agingMs, isPresent })
  }

  /** Waiting requests, and owners whose offers are known. */
  get size(): { readonly waiting: number; readonly owners: number } {
    return { waiting: this.#waiting.size, owners: this.#pool.size }
  }

  /** When the next proposals may be due though nobody tells anything; undefined if never. */
  wakeAt(): number | undefined {
    if (this.#fresh.size > 0) return Number.NEGATIVE_INFINITY
    const alarmAt = this.#alarms.peek()?.at
    if (!this.#pool.hasGained) return alarmAt
    return Math.min(this.#gatherUntil ?? Number.NEGATIVE_INFINITY, alarmAt ?? Number.POSITIVE_INFINITY)
  }

  /** An owner has offered. Older offers, and those older than an answer, change nothing. */
  offer(offer: OfferedCapacity, now: number): void {
    this.#pool.offer(offer, now)
  }

  /** An owner's offer counts no more. */
  forget(owner: PeerId): void {
    this.#pool.remove(owner)
  }

  /** An owner may be of use again: it has come back. */
  touch(owner: PeerId): void {
    this.#pool.touch(owner)
  }

  /**
   * A request waits, or waits still, for these of its units; the first time not before `notBefore`. Told again it is looked at only if it
   * wants other units, or is said to have `changed`.
   */
  submit(demand: Demand, units: Iterable<number>, { now, notBefore = now, changed = false }: Submission): void {
    const told = [...new Set(units)].sort((a, b) => a - b)
    const known = this.#waiting.get(demand.key)
    if (known === undefined) {
      this.#waiting.add(waitingFrom(demand, told, notBefore))
      if (notBefore > now) this.#later(notBefore, () => this.#fresh.add(demand.key))
      else this.#fresh.add(demand.key)
      return
    }
    if (changed || !isSame(told, known.told)) this.#fresh.add(demand.key)
    this.#waiting.remove(demand.key)
    this.#waiting.add(Object.assign(known, { demand, told, hopelessAt: undefined }))
  }

  /** A request waits no more. What is on its way goes on. */
  withdraw(key: string): void {
    this.#waiting.remove(key)
    this.#fresh.delete(key)
  }

  /** An owner as it is seen now. */
  owner(owner: PeerId): OwnerView | undefined {
    return this.#pool.get(owner)
  }

  /** Whether an owner holds nothing for a requester now, as it said itself. */
  isPaused(owner: PeerId, requester: PeerId, now: number): boolean {
    return this.#pauses.has(owner, requester, now)
  }

  /** What is to be proposed now: `max` proposals at most, one for each request and owner. Each is to be {@link answered}, or has {@link failed}. */
  next(now: number, max: number): readonly Proposal[] {
    while ((this.#alarms.peek()?.at ?? Number.POSITIVE_INFINITY) <= now) this.#alarms.pop()?.ring()
    const proposals: Proposal[] = []
    const fresh = [...this.#fresh].flatMap((key) => this.#waiting.get(key) ?? [])
    this.#fresh = new Set()
    const tell = (placement: Placement): void => this.#propose(placement, proposals)
    for (const { demand } of this.#placer.place({ fresh, gained: this.#takeGained(now) }, now, tell, () => proposals.length >= max))
      this.#fresh.add(demand.key)
    for (const proposal of proposals) proposal.sent = true
    this.#remindOfReservation()
    return proposals
  }

  /** An owner has answered: what it holds counts as given, the rest is wanted again, and it is left alone for a while where it refused something. */
  answered(proposal: Proposal, answer: Answer, now: number): void {
    const isGranted = new Set(answer.granted)
    const held = [...proposal.debits].filter(([unit]) => isGranted.has(unit))
    const refused = [...proposal.debits].filter(([unit]) => !isGranted.has(unit))
    const debitsOf = (units: readonly (readonly [number, Debit])[]): readonly Debit[] => units.map(([, debit]) => debit)
    this.#pool.settle(proposal.owner, answer, debitsOf(held), debitsOf(refused))
    if (answer.pauseMs !== undefined) this.#pause(proposal, answer.pauseMs, now)
    const waiting = this.#settled(proposal)
    if (waiting === undefined) return
    for (const [unit] of held) this.#expectTaken(waiting, unit, now)
    if (refused.length > 0) this.#refuse(waiting, proposal.owner, { now, isDenial: true })
    else waiting.refusals.delete(proposal.owner)
    this.#fresh.add(proposal.key)
  }

  /** A proposal came to nothing. Where `mayHold`, the owner may have taken it all the same, and keeps it for as long as a hold lasts. */
  failed(proposal: Proposal, mayHold: boolean, now: number): void {
    const giveBack = (): void => {
      for (const debit of proposal.debits.values()) this.#pool.giveBack(proposal.owner, debit)
    }
    if (mayHold) this.#later(now + this.#init.holdMs, giveBack)
    else giveBack()
    const waiting = this.#settled(proposal)
    if (waiting === undefined) return
    this.#refuse(waiting, proposal.owner, { now, isDenial: false })
    this.#fresh.add(proposal.key)
  }

  /** The owners that have gained room: at once, or where gangs wait when all is gathered that comes together. */
  #takeGained(now: number): readonly OwnerView[] {
    if (!this.#pool.hasGained) return []
    if (this.#waiting.hasGang) {
      this.#gatherUntil ??= now + gatherMs
      if (now < this.#gatherUntil) return []
    }
    this.#gatherUntil = undefined
    return this.#pool.takeGained()
  }

  #propose({ waiting, unit, choice, endsAt }: Placement, proposals: Proposal[]): void {
    const { key, requester } = waiting.demand
    const { owner } = choice.owner
    let proposal = waiting.asked.get(owner)
    if (proposal === undefined) {
      proposal = { key, owner, debits: new Map(), sent: false }
      waiting.asked.set(owner, proposal)
      proposals.push(proposal)
    }
    // A spare may be for a unit that this owner is asked for already.
    if (proposal.debits.has(unit)) return
    const debit: Debit = { requester, allocation: choice.allocation, endsAt }
    proposal.debits.set(unit, debit)
    this.#pool.take(owner, debit)
  }

  /** The request of a proposal that is on its way no more, if it still waits. */
  #settled({ key, owner }: Proposal): Waiting | undefined {
    const waiting = this.#waiting.get(key)
    waiting?.asked.delete(owner)
    return waiting
  }

  /** The requester tells when it has taken a unit, or wants it again; where it does neither, the hold must have ended. */
  #expectTaken(waiting: Waiting, unit: number, now: number): void {
    const until = now + this.#init.holdMs
    waiting.granted.set(unit, until)
    this.#later(until, () => {
      if (waiting.granted.get(unit) !== until) return
      // A gang of which one unit was not taken has given all back.
      if (waiting.demand.gang) waiting.granted.clear()
      else waiting.granted.delete(unit)
      this.#fresh.add(waiting.demand.key)
    })
  }

  /** Exponential, with full jitter (M. Brooker, Exponential Backoff and Jitter, 2015). */
  #refuse(waiting: Waiting, owner: PeerId, { now, isDenial }: { readonly now: number; readonly isDenial: boolean }): void {
    const view = this.#pool.get(owner)
    if (view === undefined) return
    const { random, backoffFirstMs, backoffMaxMs } = this.#init
    const times = (waiting.refusals.get(owner)?.times ?? 0) + 1
    if (waiting.refusals.size >= refusalsMax) dropOldest(waiting.refusals)
    const untilMs = now + random.next() * Math.min(backoffMaxMs, backoffFirstMs * 2 ** (times - 1))
    waiting.refusals.set(owner, { untilMs, times, isDenial, word: view.word })
    this.#later(untilMs, () => this.#fresh.add(waiting.demand.key))
  }

  /** No request of this requester is proposed to the owner before the pause is over. */
  #pause({ owner, debits }: Proposal, pauseMs: number, now: number): void {
    const [debit] = debits.values()
    if (debit === undefined) return
    const untilMs = now + Math.min(pauseMs, pauseHoldsMax * this.#init.holdMs)
    this.#pauses.add(owner, debit.requester, untilMs)
    this.#later(untilMs, () => this.#pool.touch(owner))
  }

  /** The reservation is made anew at its time, whatever happens. */
  #remindOfReservation(): void {
    const at = this.#placer.reviewAt
    if (at !== undefined && at !== this.#remindedAt) this.#later(at, () => undefined)
    this.#remindedAt = at
  }

  #later(at: number, ring: () => void): void {
    this.#alarms.push({ at, ring })
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((unit, index) => unit === b[index])
}

function dropOldest(map: Map<PeerId, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

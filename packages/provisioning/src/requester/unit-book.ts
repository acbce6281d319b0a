import { compareFences, type Fence, type Lease } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'
import { type ActiveUnit, type ConfirmingUnit, isLeased, isWritten, type LeasedUnit, nextMsOf, type Unit } from './unit.ts'

/** What a book has to know of its request. */
export interface UnitBookInit {
  /** Whether all units are wanted or none. */
  readonly gang: boolean
  /** How long each lease is wanted, in ms; for ever if it is absent. */
  readonly durationMs?: number
}

/** Share of a hold after which a gang that is not complete gives it back: the rest is for a confirmation to get there. */
const holdShare = 0.8
/** Share of a lease's time that its requester relies on, counted from when it asked: the rest is for clocks that run unlike. */
const beliefShare = 0.9
/** Share of a lease's time after which it is renewed, and after which again where nobody answers. */
const renewShare = 1 / 3
const renewAgainShare = 1 / 12
/** How long after a confirmation nobody answered it is sent again, in ms. */
const confirmAgainMs = 1_000
/** Leases that are remembered not to be this request's any more; beyond, the first is forgotten. */
const pastMax = 1_024

/**
 * The units of one request: what is wanted, which grants are taken, what to ask owners, what to give back. It is synchronous, reads no
 * clock, and changes only by its methods; each is told the time, which must not go backwards.
 */
export class UnitBook {
  readonly #init: UnitBookInit
  readonly #units: Unit[]
  #closed: boolean
  #releases: Verified<Lease>[] = []
  /** The units of which something else is to be on disk. */
  readonly #changed = new Set<number>()
  /** By unit and owner, the fence of the last lease that this book no longer has: a grant of it that comes again is not taken again. */
  readonly #past = new Map<string, Fence>()

  /** A book goes on with the units of another one; of a closed one nothing is wanted. */
  constructor(init: UnitBookInit, units: readonly Unit[], closed = false) {
    this.#init = init
    this.#units = [...units]
    this.#closed = closed
  }

  get units(): readonly Unit[] {
    return this.#units
  }

  /** The units that matchers are to find owners for. */
  get wanted(): readonly number[] {
    return this.#units.flatMap(({ state }, unit) => (state === 'wanted' ? [unit] : []))
  }

  /** Leases of all units, held or active. */
  get leases(): readonly Verified<Lease>[] {
    return this.#leased().map(({ lease }) => lease)
  }

  /** Whether all units that are not done are active, and there are some. */
  get isGranted(): boolean {
    return !this.isDone && this.#units.every(({ state }) => state === 'active' || state === 'done')
  }

  get isDone(): boolean {
    return this.#units.every(({ state }) => state === 'done')
  }

  /** When `due` or `expire` has something to do; infinite for never. */
  get nextMs(): number {
    return this.#units.reduce((next, unit) => Math.min(next, nextMsOf(unit)), Number.POSITIVE_INFINITY)
  }

  /** Takes what an owner grants, if it is wanted; false for what its owner may have back. */
  take(lease: Verified<Lease>, nowMs: number): boolean {
    const { unit, ttlMs } = lease.document
    if (this.find(lease.document) !== undefined) return true
    if (this.#units[unit]?.state !== 'wanted' || this.#isPast(lease.document)) return false
    this.#put(unit, { state: 'held', lease, untilMs: nowMs + ttlMs * holdShare })
    return true
  }

  /**
   * What owners are to be asked now, and is noted as asked: to confirm what is held, once it is decided upon, and to renew what is active.
   * A gang is decided upon when nothing of it is wanted any more.
   */
  due(nowMs: number): readonly Verified<Lease>[] {
    const decided = !this.#init.gang || this.wanted.length === 0
    return this.#units.flatMap((unit, place) => {
      if (unit.state === 'held' && decided) this.#put(place, this.#confirming(unit.lease, nowMs))
      else if (unit.state === 'confirming' && unit.askMs <= nowMs) this.#units[place] = { ...unit, askMs: nowMs + confirmAgainMs }
      else if (unit.state === 'active' && unit.askMs <= nowMs) this.#units[place] = renewing(unit, nowMs)
      else return []
      return [unit.lease]
    })
  }

  /** Notes the renewal of an active lease that is asked for before its time, together with others of its owner. */
  renewing({ document }: Verified<Lease>, nowMs: number): void {
    const unit = this.find(document)
    if (unit?.state === 'active') this.#units[document.unit] = renewing(unit, nowMs)
  }

  /** An owner answered what was asked at `sentMs`: the lease is active, and lasts at least so long from then. */
  activate(lease: Verified<Lease>, sentMs: number, nowMs: number): void {
    const unit = this.find(lease.document)
    if (unit?.state === 'active')
      this.#units[lease.document.unit] = active(lease, Math.max(sentMs, unit.untilMs - believedMs(lease)), unit.endsMs)
    else if (unit?.state === 'confirming') this.#put(lease.document.unit, active(lease, sentMs, nowMs + unit.wantedMs))
  }

  /** A lease has ended, by its owner's word or because the owner is gone: its unit is wanted again, and so is its whole gang. */
  lose(lease: Pick<Lease, 'unit' | 'owner' | 'fence'>): void {
    if (this.find(lease) === undefined) return
    this.#put(lease.unit, this.#unleased())
    if (this.#init.gang) this.#giveBack(() => true)
  }

  /** A lease is not wanted any more, by the user's word or its owner's: its unit is done. */
  finish(lease: Pick<Lease, 'unit' | 'owner' | 'fence'>): void {
    const unit = this.find(lease)
    if (unit === undefined) return
    this.#releases.push(unit.lease)
    this.#put(lease.unit, { state: 'done' })
  }

  /** Gives up what is not active; what is active goes on, and is done when it ends. */
  close(): void {
    this.#closed = true
    this.#giveBack(({ state }) => state !== 'active')
    for (const unit of this.wanted) this.#put(unit, { state: 'done' })
  }

  /** Gives up everything. */
  giveUp(): void {
    this.close()
    this.#giveBack(() => true)
  }

  /** What time ends: holds of gangs that are not complete, questions that nobody answers, leases that nobody renewed, and those that are over. */
  expire(nowMs: number): void {
    for (const unit of this.#leased()) if (unit.state === 'active' && unit.endsMs <= nowMs) this.finish(unit.lease.document)
    for (const unit of this.#leased()) {
      if (unit.untilMs > nowMs || this.find(unit.lease.document) === undefined) continue
      this.#releases.push(unit.lease)
      this.lose(unit.lease.document)
    }
  }

  /** What owners are to be told that it is free again, once. */
  drainReleases(): readonly Verified<Lease>[] {
    const drained = this.#releases
    this.#releases = []
    return drained
  }

  /** The units of which something else is to be on disk, once: renewals change nothing there. */
  drainChanges(): readonly number[] {
    const drained = [...this.#changed]
    this.#changed.clear()
    return drained
  }

  /** The unit that has this very lease. */
  find({ unit, owner, fence }: Pick<Lease, 'unit' | 'owner' | 'fence'>): LeasedUnit | undefined {
    const found = this.#units[unit]
    if (found === undefined || !isLeased(found)) return undefined
    const { document } = found.lease
    return document.owner === owner && compareFences(document.fence, fence) === 0 ? found : undefined
  }

  #confirming(lease: Verified<Lease>, nowMs: number): ConfirmingUnit {
    const { ttlMs } = lease.document
    const wantedMs = this.#init.durationMs ?? Number.POSITIVE_INFINITY
    return { state: 'confirming', lease, askMs: nowMs + confirmAgainMs, untilMs: nowMs + ttlMs, wantedMs }
  }

  #put(place: number, unit: Unit): void {
    const before = this.#units[place]
    if (before !== undefined && isLeased(before) && !isLeased(unit)) this.#remember(before.lease.document)
    if (isWritten(unit) || (before !== undefined && isWritten(before))) this.#changed.add(place)
    this.#units[place] = unit
  }

  #remember(lease: Lease): void {
    this.#past.delete(pastKey(lease))
    this.#past.set(pastKey(lease), lease.fence)
    if (this.#past.size > pastMax) this.#past.delete(this.#past.keys().next().value as string)
  }

  #isPast(lease: Lease): boolean {
    const past = this.#past.get(pastKey(lease))
    return past !== undefined && compareFences(lease.fence, past) <= 0
  }

  #leased(): LeasedUnit[] {
    return this.#units.filter(isLeased)
  }

  #unleased(): Unit {
    return { state: this.#closed ? 'done' : 'wanted' }
  }

  #giveBack(which: (unit: LeasedUnit) => boolean): void {
    for (const unit of this.#leased().filter(which)) {
      this.#releases.push(unit.lease)
      this.#put(unit.lease.document.unit, this.#unleased())
    }
  }
}

/** A unit of an earlier run. Whether its lease still lasts its owner alone can say. */
export function resumedUnit(lease: Verified<Lease>, nowMs: number, wantedMs: number): ConfirmingUnit {
  return { state: 'confirming', lease, askMs: nowMs, untilMs: nowMs + lease.document.ttlMs, wantedMs }
}

function pastKey({ unit, owner }: Lease): string {
  return `${unit} ${owner}`
}

function renewing(unit: ActiveUnit, nowMs: number): ActiveUnit {
  return { ...unit, askMs: nowMs + unit.lease.document.ttlMs * renewAgainShare }
}

function active(lease: Verified<Lease>, fromMs: number, endsMs: number): ActiveUnit {
  return { state: 'active', lease, askMs: fromMs + lease.document.ttlMs * renewShare, untilMs: fromMs + believedMs(lease), endsMs }
}

function believedMs({ document }: Verified<Lease>): number {
  return document.ttlMs * beliefShare
}

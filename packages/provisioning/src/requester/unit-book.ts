import { compareFences, type Fence, type Lease } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'
import {
  type ActiveUnit,
  type ConfirmingUnit,
  formerOf,
  type HeldUnit,
  isLeased,
  isWritten,
  type LeasedUnit,
  nextMsOf,
  type Unit
} from './unit.ts'

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

  /** The units that matchers are to find owners for: also those whose lease its owner has called back. */
  get wanted(): readonly number[] {
    return this.#units.flatMap((unit, place) => (this.#isWanted(unit) ? [place] : []))
  }

  /** Leases of all units, also those that others are to replace. */
  get leases(): readonly Verified<Lease>[] {
    return this.#leased().flatMap(leasesOf)
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
    const { unit: place, ttlMs } = lease.document
    if (this.find(lease.document) !== undefined) return true
    const unit = this.#units[place]
    if (unit === undefined || !this.#isWanted(unit) || this.#isPast(lease.document)) return false
    const former = unit.state === 'recalled' ? { former: unit } : {}
    this.#put(place, { state: 'held', lease, untilMs: nowMs + ttlMs * holdShare, ...former })
    return true
  }

  /**
   * What owners are to be asked now, and is noted as asked: to confirm what is held, once it is decided upon, and to renew what is active.
   * A gang is decided upon when each unit has a lease; one that its owner has called back counts until it ends.
   */
  due(nowMs: number): readonly Verified<Lease>[] {
    const decided = !this.#init.gang || this.#units.every(({ state }) => state !== 'wanted')
    return this.#units.flatMap((unit, place) => {
      if (unit.state === 'held' && decided) this.#put(place, this.#confirming(unit, nowMs))
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

  /** An owner answered what was asked at `sentMs`: the lease is active, and lasts at least so long from then. What it replaces is given back. */
  activate(lease: Verified<Lease>, sentMs: number, nowMs: number): void {
    const unit = this.find(lease.document)
    if (unit?.state === 'active')
      this.#units[lease.document.unit] = active(lease, Math.max(sentMs, unit.untilMs - believedMs(lease)), unit.endsMs)
    if (unit?.state !== 'confirming') return
    this.#put(lease.document.unit, active(lease, sentMs, nowMs + unit.wantedMs))
    if (unit.former !== undefined) this.#releases.push(unit.former.lease)
  }

  /**
   * The owner of a lease calls it back: it lasts to its end, is not renewed, and its unit is wanted, of a gang that unit alone. One that was not
   * relied on yet is given back.
   */
  recall(lease: Pick<Lease, 'unit' | 'owner' | 'fence'>, nowMs: number): void {
    const unit = this.find(lease)
    if (unit === undefined || unit.state === 'recalled') return
    if (unit.state !== 'active') {
      this.#drop(unit.lease)
      return
    }
    const { lease: recalled, untilMs, endsMs } = unit
    this.#put(lease.unit, { state: 'recalled', lease: recalled, untilMs, endsMs, sinceMs: nowMs })
  }

  /**
   * A lease has ended, by its owner's word or because the owner is gone: its unit is wanted again, and so is its whole gang, unless the unit has
   * the lease still that this one was to replace, or the one that replaces it.
   */
  lose(lease: Pick<Lease, 'unit' | 'owner' | 'fence'>): void {
    const unit = this.#units[lease.unit]
    const lost = this.find(lease)
    if (lost === undefined || unit === undefined || !isLeased(unit)) return
    const left = lost === unit ? formerOf(unit) : withoutFormer(unit)
    this.#put(lease.unit, left ?? this.#unleased())
    if (this.#init.gang && left === undefined) this.#giveBackAll()
  }

  /** A lease is not wanted any more, by the user's word or its owner's: its unit is done. */
  finish(lease: Pick<Lease, 'unit' | 'owner' | 'fence'>): void {
    const unit = this.#units[lease.unit]
    if (this.find(lease) === undefined || unit === undefined || !isLeased(unit)) return
    this.#releases.push(...leasesOf(unit))
    this.#put(lease.unit, { state: 'done' })
  }

  /** Gives up what is not active; what is active goes on, and is done when it ends. */
  close(): void {
    this.#closed = true
    for (const unit of this.#leased()) {
      if (unit.state !== 'held' && unit.state !== 'confirming') continue
      this.#releases.push(unit.lease)
      this.#put(unit.lease.document.unit, unit.former ?? this.#unleased())
    }
    for (const unit of this.wanted) this.#put(unit, { state: 'done' })
  }

  /** After a restart: the leases of a gang are on disk together, so one that is missing was lost there, and the others are given back. */
  giveBackIncomplete(): void {
    if (this.#init.gang && this.#units.some(({ state }) => state === 'wanted')) this.#giveBackAll()
  }

  /** Gives up everything. */
  giveUp(): void {
    this.close()
    this.#giveBackAll()
  }

  /** What time ends: holds of gangs that are not complete, questions that nobody answers, leases that nobody renewed, and those that are over. */
  expire(nowMs: number): void {
    for (const unit of this.#leased()) if (isOver(unit, nowMs)) this.finish(unit.lease.document)
    for (const { lease, untilMs } of this.#leased().flatMap(withFormer)) if (untilMs <= nowMs) this.#drop(lease)
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

  /** The unit that has this very lease, as it was when that was called back where another one is to replace it. */
  find({ unit, owner, fence }: Pick<Lease, 'unit' | 'owner' | 'fence'>): LeasedUnit | undefined {
    const found = this.#units[unit]
    if (found === undefined || !isLeased(found)) return undefined
    const isIt = ({ lease: { document } }: LeasedUnit): boolean => document.owner === owner && compareFences(document.fence, fence) === 0
    return withFormer(found).find(isIt)
  }

  #isWanted({ state }: Unit): boolean {
    return state === 'wanted' || (state === 'recalled' && !this.#closed)
  }

  #confirming({ lease, former }: HeldUnit, nowMs: number): ConfirmingUnit {
    const { ttlMs } = lease.document
    const wantedMs = this.#init.durationMs ?? Number.POSITIVE_INFINITY
    return { state: 'confirming', lease, askMs: nowMs + confirmAgainMs, untilMs: nowMs + ttlMs, wantedMs, ...(former && { former }) }
  }

  #put(place: number, unit: Unit): void {
    const before = this.#units[place]
    if (isWritten(unit) || (before !== undefined && isWritten(before))) this.#changed.add(place)
    this.#units[place] = unit
    const leases = before !== undefined && isLeased(before) ? leasesOf(before) : []
    for (const { document } of leases) if (this.find(document) === undefined) this.#remember(document)
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

  #giveBackAll(): void {
    for (const unit of this.#leased()) {
      this.#releases.push(...leasesOf(unit))
      this.#put(unit.lease.document.unit, this.#unleased())
    }
  }

  /** Gives a lease back, if it is there, as one that is lost. */
  #drop(lease: Verified<Lease>): void {
    if (this.find(lease.document) === undefined) return
    this.#releases.push(lease)
    this.lose(lease.document)
  }
}

/** A unit of an earlier run. Whether its lease still lasts its owner alone can say. */
export function resumedUnit(lease: Verified<Lease>, nowMs: number, wantedMs: number): ConfirmingUnit {
  return { state: 'confirming', lease, askMs: nowMs, untilMs: nowMs + lease.document.ttlMs, wantedMs }
}

/** A unit, and what of it is to be replaced. */
function withFormer(unit: LeasedUnit): readonly LeasedUnit[] {
  const former = formerOf(unit)
  return former === undefined ? [unit] : [unit, former]
}

function withoutFormer(unit: LeasedUnit): LeasedUnit {
  if (!('former' in unit)) return unit
  const { former: _, ...rest } = unit
  return rest
}

function leasesOf(unit: LeasedUnit): readonly Verified<Lease>[] {
  return withFormer(unit).map(({ lease }) => lease)
}

/** Whether a unit has had a lease for as long as it is wanted. */
function isOver(unit: LeasedUnit, nowMs: number): boolean {
  const usable = formerOf(unit) ?? unit
  return 'endsMs' in usable && usable.endsMs <= nowMs
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

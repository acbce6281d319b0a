import { assert, CloudError, type PeerId } from '@cloudpeer/core'
import { type Amounts, allocate, type Capacity, minus, plus, zeroOf } from '@cloudpeer/model'
import { compareFences, type Fence } from '../documents/lease.ts'
import type { OwnedCapacity } from '../provisioning.ts'
import { type BookEntry, type BookRow, isOfItsUnit, unitKey } from './book-entry.ts'
import type { BookChanges, BookHeader, BookState } from './book-state.ts'
import { freeAfterChange } from './capacity-change.ts'
import { type Wounds, woundsFor } from './wounds.ts'

/** What bounds a book. */
export interface BookOptions {
  /** How long a hold lasts, and a lease that is not renewed, in ms. */
  readonly holdMs: number
  readonly leaseMs: number
  /** Leases, whatever their state; beyond, nothing is held. */
  readonly leasesMax: number
}

/** A unit of a request that the owner is to hold capacity for. */
export interface Wish {
  readonly requester: PeerId
  readonly request: string
  readonly unit: number
  readonly amounts: Amounts
  readonly gang: boolean
  readonly durationMs?: number
  /** How long the request has waited, in ms. */
  readonly waitedMs: number
}

/** What became of a wish: the lease that holds for it, or held already, and the holds that ended for it. */
export interface Held {
  readonly entry: BookEntry
  readonly wounded: readonly BookEntry[]
}

/** No room would be there before any lease is in the book. */
const nothing: Capacity = { cpuMilli: 0, memoryMib: 0, diskMib: 0, gpus: [], others: {} }

/**
 * The owner's book of leases: who has what of its capacity. Synchronous and alone in deciding; it knows no clock, no disk and no network, but
 * is told `now`, in ms on the owner's monotonic clock, and gathers the changes that have to be on disk before anybody is answered.
 *
 * A lease is held, then active, then gone; an active one is `ending` between, while its work is stopped. What is held, active or ending is never
 * more than the total: capacity is taken when the hold is written, and free when the lease is out of the book.
 */
export class LedgerBook {
  readonly #options: BookOptions
  readonly #entries = new Map<number, BookEntry>()
  /** The lease of each unit, those that are ending or called back left out. */
  readonly #units = new Map<string, BookEntry>()
  #header: BookHeader
  #capacity: OwnedCapacity | undefined
  #free: Capacity = nothing
  #version = 1
  #headerChanged = false
  #capacityChanged = false
  #rows = new Map<number, BookRow | undefined>()

  /** A book as it was; nothing of it counts as changed. */
  constructor({ header, capacity, entries }: BookState, options: BookOptions) {
    this.#options = options
    this.#header = header
    this.#capacity = capacity
    this.#free = capacity?.total ?? nothing
    for (const entry of entries) {
      this.#free = minus(this.#free, entry.allocation)
      this.#index(entry)
    }
  }

  get state(): BookState {
    return { header: this.#header, capacity: this.#capacity, entries: [...this.#entries.values()] }
  }

  get header(): BookHeader {
    return this.#header
  }

  get capacity(): OwnedCapacity | undefined {
    return this.#capacity
  }

  get total(): Capacity {
    return this.#capacity?.total ?? nothing
  }

  /** What no lease has. */
  get free(): Capacity {
    return this.#free
  }

  /** What may be granted: nothing once there are as many leases as there may be. */
  get grantable(): Capacity {
    return this.#entries.size < this.#options.leasesMax ? this.#free : zeroOf(this.#free)
  }

  /** Grows with each change of what is free or offered. */
  get version(): number {
    return this.#version
  }

  /** All leases, in the order of their fences. */
  entries(): IterableIterator<BookEntry> {
    return this.#entries.values()
  }

  /** The lease of that fence, in whatever state. */
  get(fence: Fence): BookEntry | undefined {
    const entry = this.#entries.get(fence.seq)
    return entry !== undefined && compareFences(entry.fence, fence) === 0 ? entry : undefined
  }

  /**
   * Holds capacity for a unit; undefined where there is no room. A unit that has a lease keeps it, and nothing more is taken: not even
   * where that lease is over and only waits to be ended. A unit of a gang may take what younger gangs only hold.
   */
  hold(wish: Wish, now: number): Held | undefined {
    const known = this.#units.get(unitKey(wish))
    if (known !== undefined) return known.endsAt > now ? { entry: known, wounded: [] } : undefined
    if (this.#entries.size >= this.#options.leasesMax) return undefined
    const room = this.#roomFor(wish, now)
    if (room === undefined) return undefined
    for (const entry of room.ended) this.#remove(entry)
    return { entry: this.#add(wish, room, now), wounded: room.ended }
  }

  /** Makes a hold active. What is active already stays so. LEASE_UNKNOWN, LEASE_OF_ANOTHER, LEASE_LATE. */
  confirm(fence: Fence, requester: PeerId, now: number): BookEntry {
    const entry = this.#lease(fence, requester, now, fence.seq <= this.#header.seq ? 'LEASE_LATE' : 'LEASE_UNKNOWN')
    if (entry.state === 'active') return entry
    return this.#change({ ...entry, state: 'active', endsAt: now + entry.ttlMs, since: now })
  }

  /**
   * Prolongs an active lease to a full ttl from now. LEASE_UNKNOWN, also of a hold; LEASE_OF_ANOTHER; LEASE_RECALLED; LEASE_OVERRUN where it has
   * lasted as long as was asked for and somebody waits for room.
   */
  renew(fence: Fence, requester: PeerId, now: number, isWanted: boolean): BookEntry {
    const entry = this.#lease(fence, requester, now, 'LEASE_UNKNOWN')
    if (entry.state === 'held') throw leaseError('LEASE_UNKNOWN', fence)
    if (entry.recalledAt !== undefined) throw leaseError('LEASE_RECALLED', fence)
    const isOver = entry.durationMs !== undefined && now - entry.since >= entry.durationMs
    if (isOver && isWanted) throw leaseError('LEASE_OVERRUN', fence)
    // Not a change to be written: after a restart every lease has a full ttl.
    return this.#index({ ...entry, endsAt: now + entry.ttlMs })
  }

  /**
   * Calls a lease back by the operator's wish, at `wallTime`: an active one lasts to its end, since its requester may rely on it so long, and is
   * as it is now; a hold has ended, and is as it was. Once more changes nothing. LEASE_UNKNOWN.
   */
  recall(fence: Fence, now: number, wallTime: number): BookEntry {
    const entry = this.get(fence)
    if (entry === undefined || entry.state === 'ending' || entry.endsAt <= now) throw leaseError('LEASE_UNKNOWN', fence)
    if (entry.state === 'held' && entry.mayBeActive !== true) return this.#end(entry)
    if (entry.recalledAt !== undefined) return entry
    this.#leaveUnit(entry)
    return this.#change({ ...entry, state: 'active', recalledAt: wallTime })
  }

  /** Ends a lease by its requester's wish; undefined if there is none any more. LEASE_OF_ANOTHER. */
  release(fence: Fence, requester: PeerId): BookEntry | undefined {
    const entry = this.get(fence)
    if (entry === undefined) return undefined
    checkRequester(entry, requester)
    return entry.state === 'ending' ? undefined : this.#end(entry)
  }

  /** Frees what an ending lease had: its work has stopped. */
  finish(fence: Fence): void {
    const entry = this.get(fence)
    assert(entry?.state === 'ending', `lease ${fence.epoch}.${fence.seq} is not ending`)
    this.#remove(entry)
  }

  /** Ends what is not confirmed or renewed in time, and returns it as it was. */
  expire(now: number): readonly BookEntry[] {
    const over = [...this.#entries.values()].filter(({ state, endsAt }) => state !== 'ending' && endsAt <= now)
    for (const entry of over) this.#end(entry)
    return over
  }

  /** When the next lease ends unless it is renewed; infinite without any. */
  nextEnd(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { state, endsAt } of this.#entries.values()) if (state !== 'ending') next = Math.min(next, endsAt)
    return next
  }

  /** Offers something else from now on. CAPACITY_IN_USE, naming the field of which more is leased. */
  setCapacity(capacity: OwnedCapacity): void {
    this.#free = freeAfterChange(this.total, capacity.total, this.#entries.values())
    this.#capacity = capacity
    this.#capacityChanged = true
    this.#version++
  }

  setDraining(draining: boolean): void {
    this.#setHeader({ draining })
  }

  setQuarantined(quarantined: boolean): void {
    this.#setHeader({ quarantined })
  }

  /** How long whatever is out may last. */
  setLasting(lastingMs: number): void {
    this.#setHeader({ lastingMs })
  }

  /** Grants under a later epoch from now on. */
  raise(epoch: number): void {
    assert(epoch >= this.#header.epoch, `epoch ${epoch} after ${this.#header.epoch}`)
    this.#setHeader({ epoch })
  }

  /** All of the book, to be written in the place of whatever is on disk. */
  whole(): BookChanges {
    this.drain()
    return {
      replaces: true,
      header: this.#header,
      ...(this.#capacity === undefined ? {} : { capacity: this.#capacity }),
      rows: new Map([...this.#entries].map(([seq, entry]) => [seq, rowOf(entry)]))
    }
  }

  /** Gives no seq up to this one to any lease: they were given already. */
  skip(seq: number): void {
    if (seq > this.#header.seq) this.#setHeader({ seq })
  }

  /** What has changed since it was asked last; undefined if nothing has. */
  drain(): BookChanges | undefined {
    if (!this.#headerChanged && !this.#capacityChanged && this.#rows.size === 0) return undefined
    const changes = {
      ...(this.#headerChanged ? { header: this.#header } : {}),
      ...(this.#capacityChanged && this.#capacity !== undefined ? { capacity: this.#capacity } : {}),
      rows: this.#rows
    }
    this.#headerChanged = false
    this.#capacityChanged = false
    this.#rows = new Map()
    return changes
  }

  #roomFor({ amounts, gang, requester, request, waitedMs }: Wish, now: number): Wounds | undefined {
    const allocation = allocate(this.#free, amounts)
    if (allocation !== undefined) return { ended: [], allocation }
    if (!gang) return undefined
    const isYounger = (entry: BookEntry): boolean =>
      entry.state === 'held' &&
      entry.mayBeActive !== true &&
      entry.gang &&
      entry.since > now - waitedMs &&
      (entry.requester !== requester || entry.request !== request)
    return woundsFor([...this.#units.values()].filter(isYounger), amounts, { total: this.total, free: this.#free })
  }

  #add({ requester, request, unit, gang, durationMs, waitedMs }: Wish, { allocation }: Wounds, now: number): BookEntry {
    const fence = { epoch: this.#header.epoch, seq: this.#header.seq + 1 }
    this.#setHeader({ seq: fence.seq })
    this.#free = minus(this.#free, allocation)
    return this.#change({
      fence,
      requester,
      request,
      unit,
      allocation,
      gang,
      ...(durationMs === undefined ? {} : { durationMs }),
      ttlMs: this.#options.leaseMs,
      state: 'held',
      endsAt: now + this.#options.holdMs,
      since: now - waitedMs
    })
  }

  /** The lease that a requester may act on; `absent` is the error if there is none any more. */
  #lease(fence: Fence, requester: PeerId, now: number, absent: 'LEASE_LATE' | 'LEASE_UNKNOWN'): BookEntry {
    const entry = this.get(fence)
    if (entry === undefined) throw leaseError(absent, fence)
    checkRequester(entry, requester)
    if (entry.state === 'ending' || entry.endsAt <= now) throw leaseError(absent, fence)
    return entry
  }

  /** Ends a lease: a hold is gone at once, an active lease when its work has stopped. */
  #end(entry: BookEntry): BookEntry {
    if (entry.state === 'held') this.#remove(entry)
    else {
      this.#leaveUnit(entry)
      this.#change({ ...entry, state: 'ending' })
    }
    return entry
  }

  #remove(entry: BookEntry): void {
    this.#entries.delete(entry.fence.seq)
    this.#leaveUnit(entry)
    this.#free = plus(this.#free, entry.allocation, this.total)
    this.#rows.set(entry.fence.seq, undefined)
    this.#version++
  }

  #change(entry: BookEntry): BookEntry {
    this.#rows.set(entry.fence.seq, rowOf(entry))
    this.#version++
    return this.#index(entry)
  }

  #index(entry: BookEntry): BookEntry {
    this.#entries.set(entry.fence.seq, entry)
    if (isOfItsUnit(entry)) this.#units.set(unitKey(entry), entry)
    return entry
  }

  #leaveUnit(entry: BookEntry): void {
    if (isOfItsUnit(entry)) this.#units.delete(unitKey(entry))
  }

  #setHeader(change: Partial<BookHeader>): void {
    this.#header = { ...this.#header, ...change }
    this.#headerChanged = true
  }
}

function rowOf({ endsAt: _endsAt, since: _since, mayBeActive: _mayBeActive, ...row }: BookEntry): BookRow {
  return row
}

function checkRequester({ fence, requester }: BookEntry, from: PeerId): void {
  if (requester !== from) throw leaseError('LEASE_OF_ANOTHER', fence)
}

function leaseError(
  code: 'LEASE_UNKNOWN' | 'LEASE_LATE' | 'LEASE_OF_ANOTHER' | 'LEASE_OVERRUN' | 'LEASE_RECALLED',
  { epoch, seq }: Fence
): CloudError {
  return new CloudError(code, { lease: `${epoch}.${seq}` })
}

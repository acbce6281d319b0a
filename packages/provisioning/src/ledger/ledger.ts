import { type Clock, CloudError, isCloudError, type Log, type PeerId, type Store, type StoreFactory } from '@cloudpeer/core'
import type { Fence } from '../documents/lease.ts'
import type { OwnedCapacity } from '../provisioning.ts'
import type { BookEntry } from './book-entry.ts'
import type { BookHeader } from './book-state.ts'
import { Journal } from './journal.ts'
import { type BookOptions, type Held, LedgerBook, type Wish } from './ledger-book.ts'
import { ledgerMigrations, ledgerTables } from './ledger-rows.ts'
import { doubtAbout, longestMs, restoredState } from './restore.ts'

/** What a ledger is opened with. */
export interface LedgerInit {
  readonly clock: Clock
  readonly log: Log
  readonly stores: StoreFactory
  /** Whether nobody can have a lease of this owner yet. */
  readonly isNew: boolean
  /** The owner's epoch at this start. */
  readonly epoch: number
  readonly options: BookOptions & { readonly commitDelayMs: number }
}

/**
 * The owner's book of leases and its journal: each operation is decided at once, in the order of the calls, and resolves when it is on
 * disk and survives a loss of power; LEDGER_READ_ONLY if it cannot be written.
 */
export class Ledger {
  readonly #clock: Clock
  readonly #store: Store
  readonly #book: LedgerBook
  readonly #journal: Journal
  /** What it knew when it was opened: the last epoch and seq of an earlier start; 0 without one. */
  readonly before: Pick<BookHeader, 'epoch' | 'seq'>
  /** How long what was granted before may last unless it is renewed, in ms, as far as it knows. */
  readonly lastingMs: number
  readonly #leaseMs: number

  /**
   * Opens the ledger and restores every lease, each with a full ttl from now. What may be out that it does not know of puts it in quarantine,
   * durably: a ledger that is not there though the owner is not new, one with a row that is not what was written, one whose rows contradict each
   * other, and one that missed a start of its owner.
   */
  constructor({ clock, log, stores, isNew, epoch, options }: LedgerInit) {
    this.#clock = clock
    this.#store = stores.open('ledger', ledgerMigrations, { sync: 'power' })
    const tables = ledgerTables(this.#store)
    const rows = tables.read()
    this.#book = new LedgerBook(restoredState(rows, clock.now(), options), options)
    this.#leaseMs = options.leaseMs
    this.lastingMs = Math.max(longestMs(rows.leases, options.leaseMs), this.header.lastingMs ?? 0)
    this.before = { epoch: this.header.epoch, seq: this.header.seq }
    this.#journal = new Journal({ clock, log, tables, delayMs: options.commitDelayMs, seq: this.header.seq })
    const reason = doubtAbout(rows, { isNew, epoch })
    if (reason !== undefined) {
      log.warn('the ledger may not know of all leases: nothing is granted until they must have ended', { reason })
      this.#book.setQuarantined(true)
    }
    this.#book.raise(Math.max(epoch, this.header.epoch))
    this.#book.setLasting(this.lastingMs)
    // Damaged rows go in the transaction that says that they were there.
    this.#journal.append(this.#book.whole())
  }

  /** The book, to read: who changes it must go through the ledger. */
  get book(): Pick<LedgerBook, 'header' | 'capacity' | 'total' | 'free' | 'grantable' | 'version' | 'entries' | 'get' | 'nextEnd'> {
    return this.#book
  }

  get header(): BookHeader {
    return this.#book.header
  }

  get readOnly(): boolean {
    return this.#journal.failed
  }

  /** The seq of the newest lease that was granted: of those that could not be written none was. */
  get granted(): number {
    return this.readOnly ? this.#journal.seq : this.header.seq
  }

  /** The lease of a fence for as long as its requester may use it. */
  current(fence: Fence): BookEntry | undefined {
    const entry = this.#book.get(fence)
    return entry === undefined || entry.state === 'ending' || entry.endsAt <= this.#clock.now() ? undefined : entry
  }

  /** Holds capacity for each of the wishes that there is room for. */
  async hold(wishes: readonly Wish[]): Promise<readonly (Held | undefined)[]> {
    return this.#perform(() => wishes.map((wish) => this.#book.hold(wish, this.#clock.now())))
  }

  /** Makes holds active: by place the lease, or why not. */
  async confirm(fences: readonly Fence[], requester: PeerId): Promise<readonly (BookEntry | CloudError)[]> {
    const outcomes = await this.#perform(() =>
      fences.map((fence) => outcomeOf(() => this.#book.confirm(fence, requester, this.#clock.now())))
    )
    return outcomes.map((outcome, index) => this.#stillThere(outcome, fences[index] as Fence))
  }

  /** Prolongs active leases: by place the lease, or why not. Leases go on when the ledger is read-only, unless it is not known what is on disk of them. */
  async renew(fences: readonly Fence[], requester: PeerId, isWanted: boolean): Promise<readonly (BookEntry | CloudError)[]> {
    if (!this.readOnly) await this.#journal.committed()
    return fences.map((fence) => {
      if (this.#journal.isUnsure(fence.seq)) return new CloudError('LEDGER_READ_ONLY')
      return outcomeOf(() => this.#book.renew(fence, requester, this.#clock.now(), isWanted))
    })
  }

  /** Ends leases by their requester's wish: by place the lease as it was, undefined if it had ended already, or why not. */
  async release(fences: readonly Fence[], requester: PeerId): Promise<readonly (BookEntry | CloudError | undefined)[]> {
    return this.#perform(() => fences.map((fence) => outcomeOf(() => this.#book.release(fence, requester))))
  }

  /** Calls leases back by the operator's wish: by place the lease as it is now, a hold as it was, or why not. */
  async recall(fences: readonly Fence[]): Promise<readonly (BookEntry | CloudError)[]> {
    const at = Math.max(0, Math.round(this.#clock.wallTime()))
    return this.#perform(() => fences.map((fence) => outcomeOf(() => this.#book.recall(fence, this.#clock.now(), at))))
  }

  /** Ends what is over and returns it as it was, at once: it is on disk before any hold that uses what is free by it. */
  expire(): readonly BookEntry[] {
    return this.#change(() => this.#book.expire(this.#clock.now()))
  }

  /** Frees what a lease had whose work has stopped, at once as well. */
  finish(fence: Fence): void {
    this.#change(() => this.#book.finish(fence))
  }

  /** CAPACITY_IN_USE. */
  async setCapacity(capacity: OwnedCapacity): Promise<void> {
    await this.#perform(() => this.#book.setCapacity(capacity))
  }

  async setDraining(draining: boolean): Promise<void> {
    await this.#perform(() => this.#book.setDraining(draining))
  }

  async endQuarantine(): Promise<void> {
    await this.#perform(() => this.#book.setQuarantined(false))
  }

  /** Notes, at once, that of what was granted before this start nothing is out any more but what is in the book. */
  forgetBefore(): void {
    const lastingMs = longestMs([...this.#book.entries()], this.#leaseMs)
    if (lastingMs !== this.header.lastingMs) this.#change(() => this.#book.setLasting(lastingMs))
  }

  /** Notes, at once, that leases are out up to this seq that the ledger does not know of. */
  distrust(seq: number): void {
    this.#change(() => {
      this.#book.setQuarantined(true)
      this.#book.skip(seq)
    })
  }

  /** Grants under a later epoch from now on. */
  raise(epoch: number): void {
    if (epoch > this.header.epoch) this.#change(() => this.#book.raise(epoch))
  }

  /** Writes what is still to be written, and closes the store. */
  close(): void {
    this.#journal.close()
    this.#store.close()
  }

  async #perform<T>(work: () => T): Promise<T> {
    if (this.readOnly) throw new CloudError('LEDGER_READ_ONLY')
    const result = this.#change(work)
    await this.#journal.committed()
    return result
  }

  #change<T>(work: () => T): T {
    const result = work()
    const changes = this.#book.drain()
    if (changes !== undefined) this.#journal.append(changes)
    return result
  }

  /** A lease may have ended while it was written. */
  #stillThere(outcome: BookEntry | CloudError, fence: Fence): BookEntry | CloudError {
    if (outcome instanceof CloudError) return outcome
    const entry = this.current(fence)
    return entry?.state === 'active' ? entry : new CloudError('LEASE_UNKNOWN', { lease: `${fence.epoch}.${fence.seq}` })
  }
}

function outcomeOf<T>(work: () => T): T | CloudError {
  try {
    return work()
  } catch (error) {
    if (isCloudError(error)) return error
    throw error
  }
}

import { type Clock, CloudError, isCloudError, type Log, type Timer } from '@cloudpeer/core'
import type { BookRow } from './book-entry.ts'
import type { BookChanges } from './book-state.ts'
import type { LedgerTables } from './ledger-rows.ts'

/** What is to be written next, and those who wait for it. */
interface Commit {
  changes: BookChanges & { readonly rows: Map<number, BookRow | undefined> }
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: CloudError) => void
  readonly timer: Timer
}

/** What a journal is made of. */
export interface JournalParts {
  readonly clock: Clock
  readonly log: Log
  readonly tables: LedgerTables
  /** How long changes are gathered before they are written, in ms. */
  readonly delayMs: number
  /** The seq of the newest lease that is on disk already. */
  readonly seq: number
}

/**
 * Puts changes on disk in the order in which they are given, those of one delay in one transaction (group commit; Gawlick and Kinkade,
 * 1985): an fsync costs the same for one grant as for a hundred.
 *
 * After a commit that failed nothing more is written. What is on disk then is not known, and a later fsync that succeeds would say nothing
 * about the pages of the one that failed (Rebello et al., *Can applications recover from fsync failures?*, 2020); only a new process that reads can tell.
 */
export class Journal {
  readonly #clock: Clock
  readonly #tables: LedgerTables
  readonly #delayMs: number
  readonly #log: Log
  #next: Commit | undefined
  #unsure: ReadonlySet<number> | undefined
  #seq: number

  constructor({ clock, log, tables, delayMs, seq }: JournalParts) {
    this.#clock = clock
    this.#log = log
    this.#tables = tables
    this.#delayMs = delayMs
    this.#seq = seq
  }

  /** The seq of the newest lease that is on disk for certain. */
  get seq(): number {
    return this.#seq
  }

  /** Whether a commit has failed, or the journal is closed. */
  get failed(): boolean {
    return this.#unsure !== undefined
  }

  /** Whether nobody knows what is on disk of the lease of this seq. */
  isUnsure(seq: number): boolean {
    return this.#unsure?.has(seq) ?? false
  }

  /** Takes changes for the next commit. They are lost if one has failed. */
  append({ rows, ...facts }: BookChanges): void {
    if (this.failed) return
    this.#next ??= this.#begin()
    const { changes } = this.#next
    this.#next.changes = { ...changes, ...facts }
    for (const [seq, row] of rows) changes.rows.set(seq, row)
  }

  /** Resolves when all that was appended is on disk. LEDGER_READ_ONLY. */
  async committed(): Promise<void> {
    if (this.failed) throw new CloudError('LEDGER_READ_ONLY')
    await this.#next?.done
  }

  /** Writes what waits for the delay to end. */
  flush(): void {
    const commit = this.#next
    if (commit === undefined) return
    this.#next = undefined
    commit.timer.cancel()
    try {
      this.#tables.write(commit.changes)
      this.#seq = commit.changes.header?.seq ?? this.#seq
      commit.resolve()
    } catch (error) {
      if (!isCloudError(error)) throw error
      this.#log.error('the ledger could not be written: nothing is granted until this node restarts', { error })
      this.#unsure = new Set(commit.changes.rows.keys())
      commit.reject(new CloudError('LEDGER_READ_ONLY', {}, { cause: error }))
    }
  }

  /** Writes what waits, and nothing from then on. */
  close(): void {
    this.flush()
    this.#unsure ??= new Set()
  }

  #begin(): Commit {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Changes that nobody waits for, such as an expiry, may fail too.
    promise.catch(() => {})
    const timer = this.#clock.schedule(this.#delayMs, () => this.flush())
    return { changes: { rows: new Map() }, done: promise, resolve, reject, timer }
  }
}

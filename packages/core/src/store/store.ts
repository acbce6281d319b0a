/** A value of a column. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** A row as an object of its columns. */
export type Row = Record<string, SqlValue>

/** One prepared statement. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number }
  get(...values: readonly SqlValue[]): Row | undefined
  all(...values: readonly SqlValue[]): Row[]
}

/**
 * A small relational store, synchronous and owned by one process. Errors are STORE_FULL, after which the store answers
 * reads and takes writes again as soon as there is space, and STORE_FAILED. After a write that failed with STORE_FAILED all later ones
 * fail as well, until the store is opened anew; the changes of that one are all there or none of them, and what is read before then
 * does not tell.
 */
export interface Store {
  prepare(sql: string): Statement
  /** Runs `work` atomically: its changes are all there afterwards, or none if `work` throws. Not re-entrant. */
  transaction<T>(work: () => T): T
  close(): void
}

/** How a store is opened. */
export interface StoreOptions {
  /**
   * What a commit survives: the end of the process, or the loss of the machine's power too, at the price of waiting for the disk at each
   * commit. 'process' if not given: then a loss of power may take the last commits, never a part of one.
   */
  readonly sync?: 'process' | 'power'
}

/** Opens stores by name, each with the tables that its owner declares. */
export interface StoreFactory {
  /** `migrations[i]` takes a store from version i to i + 1; entries are only ever appended. */
  open(name: string, migrations: readonly string[], options?: StoreOptions): Store
}

import { CloudError, isCloudError, type Statement, type Store } from '@cloudpeer/core'

/** What a fault of a disk did to the process that uses it, or to what is on it. */
export type DiskEffect = 'full' | 'failed commit' | 'flipped bit' | 'restored' | 'lost commits' | 'erased'

/** What a handle asks the disk that its store is on. */
export interface DiskState {
  /** Whether the process that opened the store still runs. */
  alive(): boolean
  /** Taken up by one commit: whether it fails, and whether its changes are there nevertheless. */
  failingCommit(): { readonly kept: boolean } | undefined
  count(effect: DiskEffect): void
  /** The store was closed; told once. */
  closed(): void
}

const writing = /^\s*(?:insert|update|delete|replace)\b/i

/** A store as one process has it open. */
export function createDiskHandle(name: string, store: Store, disk: DiskState): Store {
  let inTransaction = false
  let open = true

  function use<T>(work: () => T): T {
    if (!disk.alive()) throw new CloudError('STORE_FAILED', { store: name, problem: 'the process that opened it has ended' })
    try {
      return work()
    } catch (error) {
      if (isCloudError(error, 'STORE_FULL') && !inTransaction) disk.count('full')
      throw error
    }
  }

  function transaction<T>(work: () => T): T {
    inTransaction = true
    try {
      return store.transaction(work)
    } finally {
      inTransaction = false
    }
  }

  function commit<T>(work: () => T, perform: (work: () => T) => T): T {
    const failing = disk.failingCommit()
    if (failing === undefined) return perform(work)
    const failure = new CloudError('STORE_FAILED', { store: name, problem: 'disk I/O error' })
    disk.count('failed commit')
    transaction(() => {
      work()
      if (!failing.kept) throw failure
    })
    throw failure
  }

  function statement(sql: string): Statement {
    const prepared = store.prepare(sql)
    const commits = writing.test(sql)
    const run = <T>(work: () => T): T => use(() => (commits && !inTransaction ? commit(work, (plain) => plain()) : work()))
    return {
      run: (...values) => run(() => prepared.run(...values)),
      get: (...values) => run(() => prepared.get(...values)),
      all: (...values) => run(() => prepared.all(...values))
    }
  }

  return {
    prepare: (sql) => use(() => statement(sql)),
    transaction: (work) => use(() => commit(work, transaction)),
    close() {
      if (open) disk.closed()
      open = false
    }
  }
}

import { CloudError, isCloudError, type Statement, type Store } from '@cloudpeer/core'
import { failStop } from '@cloudpeer/core/store'

/** What a fault of a disk did to the process that uses it, or to what is on it. */
export type DiskEffect =
  | 'full'
  | 'failed commit'
  | 'commit after a failed one'
  | 'slow commit'
  | 'flipped bit'
  | 'misplaced row'
  | 'stale row'
  | 'restored'
  | 'lost commits'
  | 'erased'

/** What a handle asks the disk that its store is on. */
export interface DiskState {
  /** Whether the process that opened the store still runs. */
  alive(): boolean
  /** Takes the time that one commit takes. */
  wait(): void
  /** Taken up by one commit: whether it fails, and whether its changes are there nevertheless. */
  failingCommit(): { readonly kept: boolean } | undefined
  count(effect: DiskEffect): void
  /** A commit has failed: the process must write no more to this store. */
  failed(): void
  /** The store was closed; told once. */
  closed(): void
}

const writing = /^\s*(?:insert|update|delete|replace)\b/i

/** A store as one process has it open, which fail-stops as files do. */
export function createDiskHandle(name: string, store: Store, disk: DiskState): Store {
  let inTransaction = false
  let open = true
  let hasFailed = false

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
    if (hasFailed) disk.count('commit after a failed one')
    disk.wait()
    const failing = disk.failingCommit()
    if (failing === undefined) return perform(work)
    transaction(() => {
      work()
      if (!failing.kept) throw failure()
    })
    throw failure()
  }

  function failure(): CloudError {
    if (!hasFailed) disk.failed()
    hasFailed = true
    return new CloudError('STORE_FAILED', { store: name, problem: 'disk I/O error' })
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

  return failStop({
    prepare: (sql) => use(() => statement(sql)),
    transaction: (work) => use(() => commit(work, transaction)),
    close() {
      if (open) disk.closed()
      open = false
    }
  })
}

import { statfsSync } from 'node:fs'
import { isCloudError, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'

/** Stores that know whether they are full, and whether they have failed. */
export interface WatchedStores extends StoreFactory {
  /** Whether a store has refused a write for want of space, and there is still none. */
  readonly full: boolean
  /** Names of the stores of which a write has failed: they take nothing more until they are opened anew. */
  readonly failed: readonly string[]
}

/** Free space with which writes are worth trying again, in bytes: room for a batch of records. */
const roomBytes = 128 * 1024

/** Watches the stores in a directory for STORE_FULL and STORE_FAILED. */
export function watchStores(stores: StoreFactory, directory: string): WatchedStores {
  const refused = new Set<Store>()
  const failed = new Map<Store, string>()

  function watched<T>(name: string, store: Store, write: () => T): T {
    try {
      return write()
    } catch (error) {
      if (isCloudError(error, 'STORE_FULL')) refused.add(store)
      if (isCloudError(error, 'STORE_FAILED')) failed.set(store, name)
      throw error
    }
  }

  function watchedStatement(name: string, store: Store, statement: Statement): Statement {
    return { ...statement, run: (...values) => watched(name, store, () => statement.run(...values)) }
  }

  return {
    open(name, migrations, options) {
      const store = stores.open(name, migrations, options)
      return {
        prepare: (sql) => watchedStatement(name, store, store.prepare(sql)),
        transaction: (work) => watched(name, store, () => store.transaction(work)),
        close() {
          refused.delete(store)
          failed.delete(store)
          store.close()
        }
      }
    },
    get full() {
      // Asked of the disk and not of the next write: a quiet node may not write for hours.
      for (const store of refused) if (hasRoom(store, directory)) refused.delete(store)
      return refused.size > 0
    },
    get failed() {
      return [...failed.values()].sort()
    }
  }
}

function hasRoom(store: Store, directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  const pages = pragma(store, 'max_page_count') - pragma(store, 'page_count') + pragma(store, 'freelist_count')
  return Math.min(bavail * bsize, pages * pragma(store, 'page_size')) >= roomBytes
}

function pragma(store: Store, name: string): number {
  return Number(Object.values(store.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

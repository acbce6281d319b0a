import { statfsSync } from 'node:fs'
import { CloudError, isCloudError, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'

/** Stores that know whether they are full, and whether they have failed. */
export interface WatchedStores extends StoreFactory {
  /**
   * STORE_FAILED where a write has failed: those stores take nothing more until they are opened anew. STORE_FULL where one has refused a write
   * for want of space, and there is still none. Each names all stores that it is true of.
   */
  readonly problems: readonly CloudError[]
}

/** Free space with which writes are worth trying again, in bytes: room for a batch of records. */
const roomBytes = 128 * 1024

/** Watches the stores in a directory for STORE_FULL and STORE_FAILED. */
export function watchStores(stores: StoreFactory, directory: string): WatchedStores {
  const refused = new Map<Store, CloudError>()
  const failed = new Map<Store, CloudError>()

  function watched<T>(store: Store, write: () => T): T {
    try {
      return write()
    } catch (error) {
      if (isCloudError(error, 'STORE_FULL')) refused.set(store, error)
      if (isCloudError(error, 'STORE_FAILED')) failed.set(store, error)
      throw error
    }
  }

  function watchedStatement(store: Store, statement: Statement): Statement {
    return { ...statement, run: (...values) => watched(store, () => statement.run(...values)) }
  }

  return {
    open(name, migrations, options) {
      const store = stores.open(name, migrations, options)
      return {
        prepare: (sql) => watchedStatement(store, store.prepare(sql)),
        transaction: (work) => watched(store, () => store.transaction(work)),
        close() {
          refused.delete(store)
          failed.delete(store)
          store.close()
        }
      }
    },
    get problems() {
      // Asked of the disk and not of the next write: a quiet node may not write for hours.
      for (const store of refused.keys()) if (hasRoom(store, directory)) refused.delete(store)
      return [failed, refused].flatMap((errors) => together([...errors.values()]))
    }
  }
}

/** One problem of all that are of one kind. */
function together([first, ...others]: readonly CloudError[]): readonly CloudError[] {
  if (first === undefined) return []
  const names = [first, ...others].map(({ fields }) => String(fields.store)).sort()
  return [new CloudError(first.code, { ...first.fields, store: names.join(', ') })]
}

function hasRoom(store: Store, directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  const pages = pragma(store, 'max_page_count') - pragma(store, 'page_count') + pragma(store, 'freelist_count')
  return Math.min(bavail * bsize, pages * pragma(store, 'page_size')) >= roomBytes
}

function pragma(store: Store, name: string): number {
  return Number(Object.values(store.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

import type { StoreFactory } from '@cloudpeer/core'

/** Stores of which each takes at most `bytesMax` bytes of disk; beyond that a write is STORE_FULL, as on a full disk. */
export function boundedStores(stores: StoreFactory, bytesMax: number): StoreFactory {
  return {
    open(name, migrations, options) {
      const store = stores.open(name, migrations, options)
      const pageBytes = Number(store.prepare('PRAGMA page_size').get()?.page_size)
      store.prepare(`PRAGMA max_page_count = ${Math.floor(bytesMax / pageBytes)}`).get()
      return store
    }
  }
}

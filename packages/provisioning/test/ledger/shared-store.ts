import type { Store, StoreFactory } from '@cloudpeer/core'
import { createMemoryStores } from '@cloudpeer/core/store'
import { ledgerMigrations } from '../../src/ledger/ledger-rows.ts'

/** A disk with one ledger on it that outlives the processes that open it. */
export interface SharedStore {
  readonly stores: StoreFactory
  /** What is on it, to look at and to damage. */
  readonly store: Store
  /** Lets nothing more on the disk, or again as much as there is. */
  fill(full: boolean): void
  image(): Uint8Array
  /** Puts back what an image holds. */
  restore(image: Uint8Array): void
}

/** A disk that is empty but for its tables. */
export function createSharedStore(): SharedStore {
  const memory = createMemoryStores()
  let store = memory.open('ledger', ledgerMigrations)
  return {
    stores: { open: () => ({ ...store, close() {} }) },
    get store() {
      return store
    },
    fill(full) {
      const pages = full ? Number(store.prepare('PRAGMA page_count').get()?.page_count) : 4_294_967_294
      store.prepare(`PRAGMA max_page_count = ${pages}`).get()
    },
    image: () => store.image(),
    restore(image) {
      store = memory.open('ledger', ledgerMigrations, { image })
    }
  }
}

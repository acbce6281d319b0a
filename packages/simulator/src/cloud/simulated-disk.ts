import type { Store, StoreFactory } from '@cloudpeer/core'
import { createMemoryStores } from '@cloudpeer/core/store'

/** Stores that outlive the processes that open them, as files do: opened again under its name, a store has what was written. */
export function createSimulatedDisk(): StoreFactory {
  const memory = createMemoryStores()
  const stores = new Map<string, Store>()
  return {
    open(name, migrations) {
      const kept = stores.get(name) ?? memory.open(name, migrations)
      stores.set(name, kept)
      return { prepare: kept.prepare, transaction: kept.transaction, close() {} }
    }
  }
}

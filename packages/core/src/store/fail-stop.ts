import { CloudError, isCloudError } from '../errors/cloud-error.ts'
import type { Statement, Store } from './store.ts'

/**
 * A store that takes nothing more once a write has failed with STORE_FAILED: every later one fails with the same. What an fsync that failed
 * has left on the disk nobody knows, and a later one that succeeds says nothing of it (Rebello et al., *Can applications recover from
 * fsync failures?*, 2020). Reads go on; only opening the store anew ends it. STORE_FULL is no such failure: nothing was written.
 */
export function failStop<S extends Store>(store: S): S {
  let failure: CloudError | undefined

  function write<T>(work: () => T): T {
    if (failure !== undefined) throw new CloudError(failure.code, failure.fields, { cause: failure })
    try {
      return work()
    } catch (error) {
      if (isCloudError(error, 'STORE_FAILED')) failure = error
      throw error
    }
  }

  function stopping(statement: Statement): Statement {
    return { ...statement, run: (...values) => write(() => statement.run(...values)) }
  }

  return {
    ...store,
    prepare: (sql) => stopping(store.prepare(sql)),
    transaction: (work) => write(() => store.transaction(work))
  }
}

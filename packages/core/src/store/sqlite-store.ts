import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { failStop } from './fail-stop.ts'
import { storeErrorFrom } from './sqlite-error.ts'
import type { Row, SqlValue, Statement, Store, StoreFactory, StoreOptions } from './store.ts'

/**
 * Stores as SQLite files `<directory>/<name>.db` with a write-ahead log. Only `sync: 'power'` calls fsync at each commit. They fail-stop:
 * see {@link failStop}.
 */
export function createFileStores(directory: string): StoreFactory {
  return { open: (name, migrations, options) => failStop(openStore(name, join(directory, `${name}.db`), migrations, options)) }
}

/** A store in memory, all of it to be had as bytes. */
export interface MemoryStore extends Store {
  /** The store as the bytes of its SQLite file. */
  image(): Uint8Array
}

/** Opens stores in memory, empty or with what an image holds. */
export interface MemoryStoreFactory extends StoreFactory {
  open(name: string, migrations: readonly string[], options?: MemoryStoreOptions): MemoryStore
}

/** How a store in memory is opened: it outlives nothing, whatever `sync` says. */
export interface MemoryStoreOptions extends StoreOptions {
  readonly image?: Uint8Array
}

/** Stores that live as long as the process. */
export function createMemoryStores(): MemoryStoreFactory {
  return { open: (name, migrations, options) => openStore(name, ':memory:', migrations, options) }
}

/** How long a write waits for another process that has the file locked, such as a backup, in ms. */
const lockedMsMax = 1_000

function openStore(
  name: string,
  location: string,
  migrations: readonly string[],
  { image, sync = 'process' }: MemoryStoreOptions = {}
): MemoryStore {
  return guarded(name, () => {
    const database = new DatabaseSync(location, { timeout: lockedMsMax })
    try {
      if (image !== undefined) database.deserialize(image)
      const synchronous = sync === 'power' ? 'FULL' : 'NORMAL'
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`)
      migrate(database, migrations)
    } catch (error) {
      // An open handle would keep its lock, and nobody else could open the file.
      database.close()
      throw error
    }
    return { ...storeFrom(name, database), image: () => guarded(name, () => database.serialize()) }
  })
}

function migrate(database: DatabaseSync, migrations: readonly string[]): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  migrations.slice(version).forEach((sql, index) => {
    database.exec(`BEGIN; ${sql}; PRAGMA user_version = ${version + index + 1}; COMMIT`)
  })
}

function storeFrom(name: string, database: DatabaseSync): Store {
  return {
    prepare: (sql) => guarded(name, () => statementFrom(name, database.prepare(sql))),
    transaction(work) {
      guarded(name, () => database.exec('BEGIN IMMEDIATE'))
      try {
        const result = work()
        guarded(name, () => database.exec('COMMIT'))
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    close: () => database.close()
  }
}

function statementFrom(name: string, statement: StatementSync): Statement {
  const plain = (values: readonly SqlValue[]): SqlValue[] => values as SqlValue[]
  return {
    run: (...values) => guarded(name, () => ({ changes: Number(statement.run(...plain(values)).changes) })),
    get: (...values) => guarded(name, () => statement.get(...plain(values)) as Row | undefined),
    all: (...values) => guarded(name, () => statement.all(...plain(values)) as Row[])
  }
}

function guarded<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeErrorFrom(name, error)
  }
}

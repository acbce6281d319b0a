import { decode, type Row, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'
import { digested, intactBytes } from '../digested-row.ts'
import { moveFirstLayout } from './first-layout.ts'
import type { RequestRow, RowChanges, UnitRow, WrittenRequest } from './request-rows.ts'

const migrations = [
  `CREATE TABLE requests (
     id TEXT PRIMARY KEY,
     row BLOB NOT NULL,
     digest BLOB NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `ALTER TABLE requests RENAME TO whole_requests;
   CREATE TABLE requests (id TEXT PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE units (
     request TEXT NOT NULL,
     unit INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     digest BLOB NOT NULL,
     PRIMARY KEY (request, unit)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE clock (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT`
]

/** What is on disk. */
export interface WrittenRequests {
  readonly requests: readonly WrittenRequest[]
  /** Requests of which a row is not what was written. */
  readonly damaged: ReadonlySet<string>
  /** What the clock showed when anything was written last; 0 where nothing is. */
  readonly lastMs: number
}

/** What is written under a key, and when. */
interface Written<T> {
  readonly value: T
  readonly atMs: number
}

type Key = readonly (string | number)[]

/**
 * The tables of this node's requests: a row for each, one for each of its units that has a lease or is done, and one for when nothing else
 * was written. Each commit survives a loss of power. Every row is its key, its time and its value in CBOR, with the SHA-256 of that: one that
 * is not what was written under its key is not believed.
 */
export class RequestTables {
  readonly #store: Store
  readonly #putRequest: Statement
  readonly #putUnit: Statement
  readonly #putClock: Statement
  readonly #deleteRequest: Statement
  readonly #deleteUnits: Statement
  readonly #deleteUnit: Statement

  /** Opens them, in the layout of this version from then on. STORE_FULL, STORE_FAILED. */
  constructor(stores: StoreFactory) {
    const store = stores.open('requests', migrations, { sync: 'power' })
    this.#store = store
    this.#putRequest = store.prepare('INSERT OR REPLACE INTO requests (bytes, digest, id) VALUES (?, ?, ?)')
    this.#putUnit = store.prepare('INSERT OR REPLACE INTO units (bytes, digest, request, unit) VALUES (?, ?, ?, ?)')
    this.#putClock = store.prepare('INSERT OR REPLACE INTO clock (bytes, digest, id) VALUES (?, ?, ?)')
    this.#deleteRequest = store.prepare('DELETE FROM requests WHERE id = ?')
    this.#deleteUnits = store.prepare('DELETE FROM units WHERE request = ?')
    this.#deleteUnit = store.prepare('DELETE FROM units WHERE request = ? AND unit = ?')
    moveFirstLayout(store, (changes) => this.#put(changes))
  }

  read(): WrittenRequests {
    const damaged = new Set<string>()
    const found = new Map<string, WrittenRequest & { readonly units: Map<number, UnitRow> }>()
    const times = this.#rows('SELECT id, bytes, digest FROM clock').map((row) => written(row, [row.id as number])?.atMs ?? 0)
    for (const row of this.#rows('SELECT id, bytes, digest FROM requests')) {
      const id = row.id as string
      const { value, atMs } = written<RequestRow>(row, [id]) ?? {}
      if (value === undefined || atMs === undefined) damaged.add(id)
      else found.set(id, { row: value, atMs, units: new Map() })
      times.push(atMs ?? 0)
    }
    for (const row of this.#rows('SELECT request, unit, bytes, digest FROM units')) {
      const [request, unit] = [row.request as string, row.unit as number]
      const { value, atMs } = written<UnitRow>(row, [request, unit]) ?? {}
      if (value === undefined) damaged.add(request)
      else found.get(request)?.units.set(unit, value)
      times.push(atMs ?? 0)
    }
    for (const id of damaged) found.delete(id)
    return { requests: [...found.values()], damaged, lastMs: times.reduce((last, ms) => Math.max(last, ms), 0) }
  }

  /** All of the changes or none. STORE_FULL, STORE_FAILED. */
  write(changes: RowChanges): void {
    this.#store.transaction(() => this.#put(changes))
  }

  close(): void {
    this.#store.close()
  }

  #rows(sql: string): readonly Row[] {
    return this.#store.prepare(sql).all()
  }

  #put({ requests, units, nowMs }: RowChanges): void {
    for (const [id, row] of requests) {
      if (row !== undefined) {
        put(this.#putRequest, [id], nowMs, row)
        continue
      }
      this.#deleteRequest.run(id)
      this.#deleteUnits.run(id)
    }
    for (const [request, unit, row] of units) {
      if (row === undefined) this.#deleteUnit.run(request, unit)
      else put(this.#putUnit, [request, unit], nowMs, row)
    }
    if (requests.size + units.length === 0) put(this.#putClock, [0], nowMs, {})
  }
}

function put(statement: Statement, key: Key, nowMs: number, value: object): void {
  statement.run(...digested([key, nowMs, value]), ...key)
}

/** Undefined where something else is there. */
function written<T>(row: Row, key: Key): Written<T> | undefined {
  const bytes = intactBytes(row)
  if (bytes === undefined) return undefined
  const [under, atMs, value] = decode(bytes, 'a request on disk') as readonly [Key, number, T]
  return under.length === key.length && key.every((part, index) => part === under[index]) ? { value, atMs } : undefined
}

import { decode, encode, equalBytes, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Documents } from '../documents/documents.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { RequestState } from '../provisioning.ts'
import { OwnRequest } from './own-request.ts'
import type { CheckedSpec } from './spec.ts'
import type { Unit } from './unit.ts'
import { resumedUnit, UnitBook } from './unit-book.ts'

const migrations = [
  `CREATE TABLE requests (
     id TEXT PRIMARY KEY,
     row BLOB NOT NULL,
     digest BLOB NOT NULL
   ) STRICT, WITHOUT ROWID`
]

/** A request as it is on disk. */
interface RequestRow {
  readonly spec: CheckedSpec
  readonly request: Signed
  readonly state: RequestState
  readonly createdAt: number
  readonly waitedMs: number
  readonly units: readonly UnitRow[]
}

/** A unit as it is on disk: `leftMs` is how long its lease is still wanted, absent for ever. */
type UnitRow = { readonly state: 'wanted' | 'done' } | { readonly state: 'leased'; readonly lease: Signed; readonly leftMs?: number }

/**
 * The requests of this node on its disk. Whatever is only held is not there: its owner frees it. After a loss of power the last seconds may be
 * missing, as with everything but a ledger: a request is asked again that was granted, or that was cancelled.
 */
export class RequestStore {
  readonly #store: Store
  readonly #put: Statement
  readonly #delete: Statement
  readonly #documents: Documents

  constructor(stores: StoreFactory, documents: Documents) {
    this.#documents = documents
    this.#store = stores.open('requests', migrations)
    this.#put = this.#store.prepare('INSERT OR REPLACE INTO requests (id, row, digest) VALUES (?, ?, ?)')
    this.#delete = this.#store.prepare('DELETE FROM requests WHERE id = ?')
  }

  /** Writes a request as it is now. STORE_FULL, STORE_FAILED. */
  put(request: OwnRequest, nowMs: number): void {
    const bytes = encode(rowFrom(request, nowMs))
    this.#put.run(request.id, bytes, sha256(bytes))
  }

  /** STORE_FULL, STORE_FAILED. */
  delete(id: string): void {
    this.#delete.run(id)
  }

  /** The requests of the last run, oldest first. One whose bytes are not what was written is told to `damaged` and left out. */
  load(nowMs: number, damaged: (id: string) => void): readonly OwnRequest[] {
    const loaded: OwnRequest[] = []
    for (const { id, row, digest } of this.#store.prepare('SELECT id, row, digest FROM requests').all()) {
      const bytes = row as Uint8Array
      if (equalBytes(digest as Uint8Array, sha256(bytes))) loaded.push(this.#requestFrom(decode(bytes, 'request') as RequestRow, nowMs))
      else damaged(String(id))
    }
    return loaded.sort((a, b) => a.createdAt - b.createdAt)
  }

  close(): void {
    this.#store.close()
  }

  #requestFrom({ units, request, ...row }: RequestRow, nowMs: number): OwnRequest {
    const book = new UnitBook(
      row.spec,
      units.map((unit) => this.#unitFrom(unit, nowMs)),
      row.state === 'expired' || row.state === 'cancelled'
    )
    return new OwnRequest({ ...row, request: this.#documents.requests.open(request), book }, nowMs)
  }

  #unitFrom(unit: UnitRow, nowMs: number): Unit {
    if (unit.state !== 'leased') return unit
    return resumedUnit(this.#documents.leases.open(unit.lease), nowMs, unit.leftMs ?? Number.POSITIVE_INFINITY)
  }
}

function rowFrom(own: OwnRequest, nowMs: number): RequestRow {
  const { spec, request, state, createdAt, book } = own
  return {
    spec,
    request: request.signed,
    state,
    createdAt,
    waitedMs: own.waitedMs(nowMs),
    units: book.units.map((unit) => unitRow(unit, nowMs))
  }
}

function unitRow(unit: Unit, nowMs: number): UnitRow {
  switch (unit.state) {
    case 'held':
      return { state: 'wanted' }
    case 'confirming':
      return leasedRow(unit.lease.signed, unit.wantedMs)
    case 'active':
      return leasedRow(unit.lease.signed, unit.endsMs - nowMs)
    default:
      return unit
  }
}

function leasedRow(lease: Signed, leftMs: number): UnitRow {
  return { state: 'leased', lease, ...(leftMs === Number.POSITIVE_INFINITY ? {} : { leftMs: Math.max(0, leftMs) }) }
}

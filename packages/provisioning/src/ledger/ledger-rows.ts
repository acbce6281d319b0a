import { bytesSchema, decode, equalBytes, isCloudError, type Row, type Statement, type Store, validator } from '@cloudpeer/core'
import { attributesSchema } from '@cloudpeer/model'
import { type TSchema, Type } from 'typebox'
import { digested, intactBytes } from '../digested-row.ts'
import { allocationSchema, capacitySchema } from '../documents/amounts.ts'
import { fenceSchema } from '../documents/lease.ts'
import { durationSchema, peerSchema } from '../documents/offer.ts'
import { countMax, requestIdSchema } from '../documents/request.ts'
import type { OwnedCapacity } from '../provisioning.ts'
import type { BookRow } from './book-entry.ts'
import type { BookChanges, BookHeader } from './book-state.ts'
import { digestBytes, RowsDigest } from './rows-digest.ts'

/**
 * The tables of a ledger. Every row is deterministic CBOR with its SHA-256: a row that is not what was written must not be believed. The fact
 * `rows` is the digest of all others, by which one that was not written shows; it is empty in a ledger that was written before there was one.
 */
export const ledgerMigrations = [
  `CREATE TABLE facts (name TEXT PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE leases (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL, digest BLOB NOT NULL) STRICT`,
  `INSERT INTO facts SELECT 'rows', x'', x'' WHERE EXISTS (SELECT 1 FROM facts)`
]

/** What a ledger has on disk. */
export interface LedgerRows {
  /** Undefined where there is none, or none that can be believed. */
  readonly header: BookHeader | undefined
  readonly capacity: OwnedCapacity | undefined
  /** By seq. */
  readonly leases: readonly BookRow[]
  /** Whether anything was ever written. */
  readonly isFound: boolean
  /** Rows that are not what was written: facts by name, leases by seq. */
  readonly damaged: readonly (string | number)[]
  /** Whether they are the rows that there were after one commit, none missing and none older. */
  readonly isWhole: boolean
}

/** Writes a ledger's rows, and reads them at the start. */
export interface LedgerTables {
  read(): LedgerRows
  /** All of the changes or none. */
  write(changes: BookChanges): void
}

const closed = { additionalProperties: false }
const counterSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const headerSchema = Type.Object(
  {
    epoch: counterSchema,
    seq: counterSchema,
    draining: Type.Boolean(),
    quarantined: Type.Boolean(),
    lastingMs: Type.Optional(durationSchema)
  },
  closed
)
const ownedSchema = Type.Object({ total: capacitySchema, attributes: attributesSchema }, closed)
const leaseSchema = Type.Object(
  {
    fence: fenceSchema,
    requester: peerSchema,
    request: requestIdSchema,
    unit: Type.Integer({ minimum: 0, maximum: countMax - 1 }),
    allocation: allocationSchema,
    gang: Type.Boolean(),
    durationMs: Type.Optional(durationSchema),
    ttlMs: Type.Optional(durationSchema),
    state: Type.Union([Type.Literal('held'), Type.Literal('active'), Type.Literal('ending')]),
    recalledAt: Type.Optional(counterSchema)
  },
  closed
)

/** The tables of one ledger, in a store with {@link ledgerMigrations}. */
export function ledgerTables(store: Store): LedgerTables {
  const putFact = store.prepare('INSERT OR REPLACE INTO facts (name, bytes, digest) VALUES (?, ?, ?)')
  const putLease = store.prepare('INSERT OR REPLACE INTO leases (seq, bytes, digest) VALUES (?, ?, ?)')
  const clears = [store.prepare('DELETE FROM facts'), store.prepare('DELETE FROM leases')]
  const deleteLease = store.prepare('DELETE FROM leases WHERE seq = ?')
  const digest = digestOf(store)

  function clear(): void {
    for (const statement of clears) statement.run()
    digest.clear()
  }

  function put(statement: Statement, key: string | number, value: object): void {
    const [bytes, own] = digested(value)
    statement.run(key, bytes, own)
    digest.put(key, own)
  }

  function remove(seq: number): void {
    deleteLease.run(seq)
    digest.remove(seq)
  }

  return {
    read: () => readRows(store, digest),
    write: ({ replaces, header, capacity, rows }) =>
      store.transaction(() => {
        if (replaces) clear()
        if (header !== undefined) put(putFact, 'header', header)
        if (capacity !== undefined) put(putFact, 'capacity', capacity)
        for (const [seq, row] of rows) {
          if (row === undefined) remove(seq)
          else put(putLease, seq, row)
        }
        putFact.run('rows', ...digested({ digest: digest.bytes }))
      })
  }
}

/** The digest of what is there. */
function digestOf(store: Store): RowsDigest {
  const all = new RowsDigest()
  const rows = store.prepare("SELECT name AS key, digest FROM facts WHERE name <> 'rows' UNION ALL SELECT seq, digest FROM leases").all()
  for (const { key, digest } of rows) all.put(key as string | number, digest as Uint8Array)
  return all
}

function readRows(store: Store, digest: RowsDigest): LedgerRows {
  const damaged: (string | number)[] = []
  const believed = <T>(
    row: Row,
    key: string | number,
    check: Checked<T>,
    isMisplaced: (value: T) => boolean = () => false
  ): T | undefined => {
    const value = checkedValue(row, check)
    if (value !== undefined && !isMisplaced(value)) return value
    damaged.push(key)
    return undefined
  }
  const facts = new Map(
    store
      .prepare('SELECT name, bytes, digest FROM facts')
      .all()
      .map((row) => [String(row.name), row])
  )
  const fact = <T>(name: string, check: Checked<T>): T | undefined => {
    const row = facts.get(name)
    return row && believed(row, name, check)
  }
  const rows = store.prepare('SELECT seq, bytes, digest FROM leases ORDER BY seq').all()
  const isFound = facts.size + rows.length > 0
  return {
    header: fact('header', headerRow),
    capacity: fact('capacity', capacityRow),
    leases: rows
      .map((row) => believed(row, Number(row.seq), leaseRow, ({ fence }) => fence.seq !== row.seq))
      .filter((lease) => lease !== undefined),
    isFound,
    damaged,
    isWhole: !isFound || isDigest(facts.get('rows'), digest)
  }
}

/** Whether the digest that is there is that of the rows. Of what was written before there was one nobody knows. */
function isDigest(row: Row | undefined, { bytes }: RowsDigest): boolean {
  if (row === undefined) return false
  if ((row.bytes as Uint8Array).length === 0) return true
  const written = checkedValue(row, digestRow)
  return written !== undefined && equalBytes(written.digest, bytes)
}

/** Whether a value is a row of one kind. */
type Checked<T> = (value: unknown) => value is T

function checked<T>(schema: TSchema): Checked<T> {
  const { matches } = validator(schema)
  return (value): value is T => matches(value)
}

const headerRow = checked<BookHeader>(headerSchema)
const capacityRow = checked<OwnedCapacity>(ownedSchema)
const leaseRow = checked<BookRow>(leaseSchema)
const digestRow = checked<{ readonly digest: Uint8Array }>(Type.Object({ digest: bytesSchema(digestBytes, digestBytes) }, closed))

function checkedValue<T>(row: Row, check: Checked<T>): T | undefined {
  const bytes = intactBytes(row)
  if (bytes === undefined) return undefined
  try {
    const value = decode(bytes, 'ledger')
    return check(value) ? value : undefined
  } catch (error) {
    if (!isCloudError(error, 'MALFORMED')) throw error
    return undefined
  }
}

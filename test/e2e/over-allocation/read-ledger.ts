import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Allocation, CapacityAmounts } from '@cloudpeer/api'
import { decode } from '@cloudpeer/core'

/** A row of an owner's ledger. */
export interface LedgerRow {
  readonly fence: { readonly epoch: number; readonly seq: number }
  readonly allocation: Allocation
  readonly state: string
}

/** What an owner has on its disk at one moment. */
export interface LedgerOnDisk {
  readonly total: CapacityAmounts
  readonly rows: readonly LedgerRow[]
}

/** Reads the ledger in a data directory as any other process could, while its owner writes; undefined where there is none yet. */
export function readLedger(directory: string): LedgerOnDisk | undefined {
  const file = join(directory, 'ledger.db')
  if (!existsSync(file)) return undefined
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    database.exec('BEGIN')
    const facts = database.prepare("SELECT bytes FROM facts WHERE name = 'capacity'").get()
    const rows = database.prepare('SELECT bytes FROM leases').all()
    if (facts === undefined) return undefined
    const { total } = decodedFrom<{ total: CapacityAmounts }>(facts)
    return { total, rows: rows.map((row) => decodedFrom<LedgerRow>(row)) }
  } catch (error) {
    // The file is there before its tables are.
    if (error instanceof Error && error.message.includes('no such table')) return undefined
    throw error
  } finally {
    database.close()
  }
}

function decodedFrom<T>({ bytes }: Record<string, unknown>): T {
  return decode(bytes as Uint8Array) as T
}

import { decode, equalBytes, type PeerId, type Row } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Allocation, Capacity } from '@cloudpeer/model'
import type { Lease } from '@cloudpeer/provisioning'
import type { Machine } from '../../cloud/machine.ts'
import type { SimulatedCloud, SimulatedNode } from '../../cloud/simulated-cloud.ts'

/** A lease as an owner has it on its disk. */
export interface LedgerRow extends Pick<Lease, 'fence' | 'requester' | 'request' | 'unit'> {
  readonly allocation: Allocation
  readonly gang: boolean
  /** An `ending` one has its capacity still. */
  readonly state: 'held' | 'active' | 'ending'
}

/** The nodes whose ledgers on disk say what holds: one that is read-only since a commit failed cannot write what has ended. */
export function nodesThatWrite({ nodes }: SimulatedCloud): readonly SimulatedNode[] {
  return nodes.filter(({ provisioning }) => provisioning.capacity().state !== 'read-only')
}

/** The leases of a machine's ledger, read from its disk without any of the code that is judged; what is damaged is left out. */
export function ledgerRows(machine: Machine): readonly LedgerRow[] {
  return rowsOf(machine, 'SELECT bytes, digest FROM leases ORDER BY seq').flatMap((row) => (readRow(row) as LedgerRow | undefined) ?? [])
}

/** One lease of a machine's ledger, if its commit survives a loss of power. */
export function durableRow(machine: Machine, { epoch, seq }: Lease['fence']): LedgerRow | undefined {
  const content = machine.disk.contentOf('ledger')
  if (!content?.synced) return undefined
  const row = content.store.prepare('SELECT bytes, digest FROM leases WHERE seq = ?').get(seq)
  const lease = row && (readRow(row) as LedgerRow | undefined)
  return lease?.fence.epoch === epoch ? lease : undefined
}

/** What the owner gives away at most; undefined where its ledger does not say. */
export function ledgerTotal(machine: Machine): Capacity | undefined {
  const [row] = rowsOf(machine, "SELECT bytes, digest FROM facts WHERE name = 'capacity'")
  return row && (readRow(row) as { readonly total: Capacity } | undefined)?.total
}

/** The name of a row's lease among all leases. */
export function rowName(owner: PeerId, { fence }: LedgerRow): string {
  return `${owner}.${fence.epoch}.${fence.seq}`
}

function rowsOf({ disk }: Machine, sql: string): readonly Row[] {
  return disk.contentOf('ledger')?.store.prepare(sql).all() ?? []
}

/** The most rows whose values are kept: the same ones are met again and again. */
const keptMax = 16_384
const kept = new Map<string, unknown>()

function readRow({ bytes, digest }: Row): unknown {
  const key = Buffer.concat([digest as Uint8Array, bytes as Uint8Array]).toString('latin1')
  if (kept.has(key)) return kept.get(key)
  const whole = equalBytes(digest as Uint8Array, sha256(bytes as Uint8Array))
  const value = whole ? decode(bytes as Uint8Array, 'ledger row') : undefined
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string)
  kept.set(key, value)
  return value
}

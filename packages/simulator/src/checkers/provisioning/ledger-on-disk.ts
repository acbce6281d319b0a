import { decode, equalBytes, type PeerId, type Row, type Statement } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Allocation, Capacity } from '@cloudpeer/model'
import type { Lease } from '@cloudpeer/provisioning'
import type { Machine } from '../../cloud/machine.ts'
import type { SimulatedCloud, SimulatedNode } from '../../cloud/simulated-cloud.ts'
import type { DiskContent } from '../../cloud/simulated-disk.ts'
import { type Sums, sumOf } from './amounts.ts'

/** A lease as an owner has it on its disk. */
export interface LedgerRow extends Pick<Lease, 'fence' | 'requester' | 'request' | 'unit'> {
  readonly allocation: Allocation
  readonly gang: boolean
  /** An `ending` one has its capacity still. */
  readonly state: 'held' | 'active' | 'ending'
}

/** A ledger as it lies on a disk: the same object until something is written there. What is damaged is left out. */
export interface Ledger {
  /** What the owner gives away at most; undefined where the ledger does not say. */
  readonly total: Capacity | undefined
  readonly rows: readonly LedgerRow[]
  /** What the rows have together. */
  readonly leased: Sums
}

/** The nodes whose ledgers on disk say what holds: one that is read-only since a commit failed cannot write what has ended. */
export function nodesThatWrite({ nodes }: SimulatedCloud): readonly SimulatedNode[] {
  return nodes.filter(({ provisioning }) => provisioning.capacity().state !== 'read-only')
}

/** A machine's ledger, read from its disk without any of the code that is judged; undefined where it has none. */
export function ledgerOf({ disk }: Machine): Ledger | undefined {
  const content = disk.contentOf('ledger')
  return content && readerOf(content).read()
}

/** The leases of a machine's ledger. */
export function ledgerRows(machine: Machine): readonly LedgerRow[] {
  return ledgerOf(machine)?.rows ?? []
}

/** One lease of a machine's ledger, if its commit survives a loss of power. */
export function durableRow({ disk }: Machine, { epoch, seq }: Lease['fence']): LedgerRow | undefined {
  const content = disk.contentOf('ledger')
  if (!content?.synced) return undefined
  const isIt = (row: LedgerRow | undefined): boolean => row?.fence.seq === seq && row.fence.epoch === epoch
  const reader = readerOf(content)
  const row = reader.row(seq)
  return isIt(row) ? row : reader.read().rows.find(isIt)
}

/** The name of a row's lease among all leases. */
export function rowName(owner: PeerId, { fence }: LedgerRow): string {
  return `${owner}.${fence.epoch}.${fence.seq}`
}

const readers = new WeakMap<DiskContent['store'], LedgerReader>()

function readerOf({ store }: DiskContent): LedgerReader {
  const reader = readers.get(store) ?? new LedgerReader(store)
  readers.set(store, reader)
  return reader
}

/** Reads a ledger anew only where rows of its store were written since: most looks find nothing new. */
class LedgerReader {
  readonly #changes: Statement
  readonly #capacity: Statement
  readonly #leases: Statement
  readonly #lease: Statement
  #changesSeen: unknown
  #ledger: Ledger | undefined

  constructor(store: DiskContent['store']) {
    this.#changes = store.prepare('SELECT total_changes() AS changes')
    this.#capacity = store.prepare("SELECT bytes, digest FROM facts WHERE name = 'capacity'")
    this.#leases = store.prepare('SELECT bytes, digest FROM leases ORDER BY seq')
    this.#lease = store.prepare('SELECT bytes, digest FROM leases WHERE seq = ?')
  }

  /** The row under a lease's number: a wrong one, or none, where a write went elsewhere. */
  row(seq: number): LedgerRow | undefined {
    const row = this.#lease.get(seq)
    return row && (readRow(row) as LedgerRow | undefined)
  }

  read(): Ledger {
    const changes = this.#changes.get()?.changes
    if (this.#ledger === undefined || changes !== this.#changesSeen) this.#ledger = this.#readAnew()
    this.#changesSeen = changes
    return this.#ledger
  }

  #readAnew(): Ledger {
    const capacity = this.#capacity.get()
    const total = capacity && (readRow(capacity) as { readonly total: Capacity } | undefined)?.total
    const rows = this.#leases.all().flatMap((row) => (readRow(row) as LedgerRow | undefined) ?? [])
    return { total, rows, leased: sumOf(rows.map(({ allocation }) => allocation)) }
  }
}

/** The most rows whose values are kept: the same ones are met again and again. */
const keptMax = 16_384
const kept = new Map<string, { readonly bytes: Uint8Array; readonly value: unknown }>()

function readRow(row: Row): unknown {
  const bytes = row.bytes as Uint8Array
  const digest = row.digest as Uint8Array
  const key = Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1')
  const known = kept.get(key)
  if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.value
  const value = equalBytes(digest, sha256(bytes)) ? decode(bytes, 'ledger row') : undefined
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string)
  kept.set(key, { bytes, value })
  return value
}

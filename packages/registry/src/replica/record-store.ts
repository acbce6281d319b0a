import { CloudError, isCloudError, type PeerId, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'
import { LRUCache } from 'lru-cache'
import type { RegistryOptions } from '../options.ts'
import { compareVersions, type ServiceRecord, type VerifiedRecord } from '../record/record.ts'
import type { VerifiedRecords } from '../record/verified-records.ts'
import { type Owner, type Row, recordId } from './row.ts'
import { RowIndex } from './row-index.ts'

/** A record that arrived. */
export interface Arrival {
  readonly record: VerifiedRecord
  readonly fromOwner: boolean
  /** How much of its time was left where it was copied from, in ms; all of it if absent. */
  readonly leftMs?: number
}

/** What became of an arrival. `kept`: the same version was there already. */
export type Outcome = 'stored' | 'kept' | CloudError

const migrations = [
  `CREATE TABLE records (
     owner TEXT NOT NULL,
     name TEXT NOT NULL,
     bytes BLOB NOT NULL,
     signature BLOB NOT NULL,
     PRIMARY KEY (owner, name)
   ) STRICT, WITHOUT ROWID`
]

/** The name of the store. */
const storeName = 'records'

/** Versions of expired records that are remembered, so that nobody but the owner can bring one back. */
const expiredRememberedMax = 32_768

/** The name of the bound on all records of a node, as QUOTA_EXCEEDED tells it. */
const nodeQuota = 'records of this node'

/** Whether this node could not keep a record, whoever owns it: it is not complete any more, whatever others do. */
export function couldNotKeep(outcome: Outcome | undefined): boolean {
  return (
    isCloudError(outcome, 'STORE_FULL', 'STORE_FAILED') || (isCloudError(outcome, 'QUOTA_EXCEEDED') && outcome.fields.limit === nodeQuota)
  )
}

/** How long a tombstone outlives its ttl: a copy of what it deletes may be that old. */
const tombstoneTtls = 2

/** One record in this many may be of an owner that is not known: whoever comes may write before all have heard of it, and nobody may fill the node. */
const strangersShare = 10

/** What this node knows of owners. */
export interface OwnerDirectory {
  /** The first epoch of an owner whose records are served; see {@link Owner}. */
  servedFrom(owner: PeerId): number
  isMember(owner: PeerId): boolean
}

/** The copies that this node holds: durable rows, and the index over them in memory. */
export class RecordStore {
  readonly index = new RowIndex()
  readonly #rows = new Map<string, Row>()
  readonly #owners = new Map<PeerId, Owner>()
  readonly #expired = new LRUCache<string, VerifiedRecord>({ maxSize: expiredRememberedMax, sizeCalculation: () => 1 })
  readonly #options: RegistryOptions
  readonly #directory: OwnerDirectory
  readonly #store: Store
  readonly #put: Statement
  readonly #delete: Statement
  readonly #onFailure: () => void
  #bytes = 0
  #tombstones = 0
  #revision = 0
  #full = false
  #failure: CloudError | undefined

  /** `onFailure` is told once, when a write fails with STORE_FAILED: nothing is kept from then on. */
  constructor(stores: StoreFactory, options: RegistryOptions, directory: OwnerDirectory, onFailure: () => void = () => {}) {
    this.#options = options
    this.#directory = directory
    this.#onFailure = onFailure
    this.#store = stores.open(storeName, migrations)
    this.#put = this.#store.prepare('INSERT OR REPLACE INTO records (owner, name, bytes, signature) VALUES (?, ?, ?, ?)')
    this.#delete = this.#store.prepare('DELETE FROM records WHERE owner = ? AND name = ?')
  }

  get size(): number {
    return this.#rows.size
  }

  /** Copies of services that were not withdrawn. */
  get live(): number {
    return this.#rows.size - this.#tombstones
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Grows with each change of the copies. */
  get revision(): number {
    return this.#revision
  }

  /** `full` where the last write found no room, `failed` where one failed: then nothing is written any more. */
  get state(): 'ok' | 'full' | 'failed' {
    if (this.#failure !== undefined) return 'failed'
    return this.#full ? 'full' : 'ok'
  }

  /**
   * Loads the rows of the last run; each gets its full time anew. Rows that no longer verify, or that are another's, are dropped;
   * returns how many.
   */
  load(records: VerifiedRecords, now: number): number {
    let dropped = 0
    for (const row of this.#store.prepare('SELECT owner, name, bytes, signature FROM records').all()) {
      try {
        const record = records.open({ bytes: row.bytes as Uint8Array, signature: row.signature as Uint8Array })
        requireKey(record, row)
        this.#insert(record, now + this.#keptMs(record))
      } catch (error) {
        if (!(error instanceof CloudError)) throw error
        dropped++
        this.#delete.run(row.owner as string, row.name as string)
      }
    }
    return dropped
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  rows(): Iterable<Row> {
    return this.#rows.values()
  }

  /**
   * Takes what is new, durably before it returns; the outcomes are in the order of the arrivals, STORE_FULL for those that
   * the disk has no room for, STORE_FAILED for all that is new once a write has failed.
   */
  accept(arrivals: readonly Arrival[], now: number): readonly Outcome[] {
    const outcomes = this.#decide(arrivals)
    const written = this.#write(arrivals.filter((_, index) => outcomes[index] === 'stored'))
    return arrivals.map((arrival, index) => {
      const { record, fromOwner, leftMs = Number.POSITIVE_INFINITY } = arrival
      const outcome = outcomes[index] as Outcome
      if (outcome === 'kept' && fromOwner) this.#extend(record, now)
      if (outcome !== 'stored') return outcome
      if (!written.has(arrival)) return this.#failure ?? new CloudError('STORE_FULL', { store: storeName })
      this.#replace(record, now + Math.min(leftMs, this.#keptMs(record)), now)
      return outcome
    })
  }

  /** The owner says that it still has this version: whether it is held, and if so its time begins anew. */
  refresh(owner: PeerId, name: string, epoch: number, seq: number, now: number): boolean {
    const row = this.#rows.get(recordId({ owner, name }))
    if (row === undefined || row.record.epoch !== epoch || row.record.seq !== seq) return false
    row.deadlineMs = now + this.#keptMs(row)
    return true
  }

  /** Forgets rows, on disk too. STORE_FAILED. */
  drop(rows: readonly Row[]): void {
    this.#commit(() => {
      for (const { record } of rows) this.#delete.run(record.owner, record.name)
    })
    for (const row of rows) this.#remove(row)
  }

  /** Forgets what its owner has not refreshed in time; returns how many. */
  expire(now: number): number {
    const expired = [...this.#rows.values()].filter(({ deadlineMs }) => deadlineMs <= now)
    for (const row of expired) this.#expired.set(recordId(row.record), row)
    if (expired.length > 0) this.drop(expired)
    return expired.length
  }

  /** What its owner signed in an epoch before the one in which it runs now: nobody serves it any more. */
  outlived(): readonly Row[] {
    return [...this.#rows.values()].filter(({ record, owner }) => isOutlived(record.epoch, owner.servedFrom))
  }

  /** Re-reads from when on each owner's records, or one owner's, are served. */
  ownersChanged(peer?: PeerId): void {
    for (const owner of this.#owners.values())
      if (peer === undefined || owner.peer === peer) owner.servedFrom = this.#directory.servedFrom(owner.peer)
  }

  close(): void {
    this.#store.close()
  }

  /** Judges the arrivals one after the other: later ones of a batch see the earlier ones. */
  #decide(arrivals: readonly Arrival[]): Outcome[] {
    const newest = new Map<string, VerifiedRecord>()
    const added = new Map<PeerId, number>()
    return arrivals.map((arrival) => {
      const id = recordId(arrival.record.record)
      const held = newest.get(id) ?? this.#rows.get(id)
      const { name, epoch, owner } = arrival.record.record
      if (isOutlived(epoch, this.#directory.servedFrom(owner)))
        return new CloudError('RECORD_STALE', { name, epoch: this.#directory.servedFrom(owner), seq: 1 })
      const outcome = held === undefined ? this.#admit(arrival, id, added) : outcomeAgainst(held, arrival.record)
      if (outcome === 'stored') newest.set(id, arrival.record)
      return outcome
    })
  }

  #admit({ record, fromOwner }: Arrival, id: string, added: Map<PeerId, number>): Outcome {
    const { owner } = record.record
    const expired = this.#expired.get(id)
    const refusal = expired && refusalAfter(expired, record, fromOwner)
    if (refusal !== undefined) return refusal
    const ownerRows = (this.#owners.get(owner)?.rows ?? 0) + (added.get(owner) ?? 0)
    const { recordsMax, recordsPerOwnerMax } = this.#options
    const strangersMax = Math.ceil(recordsMax / strangersShare)
    if (!this.#directory.isMember(owner) && this.#rowsOfStrangers() + sumOf(added) >= strangersMax)
      return new CloudError('OWNER_UNKNOWN', { owner, max: strangersMax })
    if (ownerRows >= recordsPerOwnerMax) return new CloudError('QUOTA_EXCEEDED', { limit: 'records of one owner', max: recordsPerOwnerMax })
    const total = this.#rows.size + sumOf(added)
    if (total >= recordsMax) return new CloudError('QUOTA_EXCEEDED', { limit: nodeQuota, max: recordsMax })
    added.set(owner, (added.get(owner) ?? 0) + 1)
    return 'stored'
  }

  #rowsOfStrangers(): number {
    let rows = 0
    for (const owner of this.#owners.values()) if (!this.#directory.isMember(owner.peer)) rows += owner.rows
    return rows
  }

  /**
   * Writes all of them, or on a full disk those that are smaller than what they replace: a tombstone must not wait behind
   * a record that has no room. Returns those that were written.
   */
  #write(arrivals: readonly Arrival[]): ReadonlySet<Arrival> {
    if (arrivals.length === 0 || this.#writeAll(arrivals)) {
      this.#full &&= arrivals.length === 0
      return new Set(arrivals)
    }
    this.#full = true
    const smaller = arrivals.filter(({ record }) => record.bytes.length < (this.#rows.get(recordId(record.record))?.bytes.length ?? 0))
    return new Set(smaller.length > 0 && smaller.length < arrivals.length && this.#writeAll(smaller) ? smaller : [])
  }

  /** Writes all or none; whether it did. */
  #writeAll(arrivals: readonly Arrival[]): boolean {
    try {
      this.#commit(() => {
        for (const { record } of arrivals) this.#put.run(record.record.owner, record.record.name, record.bytes, record.signature)
      })
      return true
    } catch (error) {
      if (isCloudError(error, 'STORE_FULL', 'STORE_FAILED')) return false
      throw error
    }
  }

  #commit(work: () => void): void {
    try {
      this.#store.transaction(work)
    } catch (error) {
      if (isCloudError(error, 'STORE_FAILED') && this.#failure === undefined) {
        this.#failure = error
        this.#onFailure()
      }
      throw error
    }
  }

  #replace(record: VerifiedRecord, deadlineMs: number, now: number): void {
    const held = this.#rows.get(recordId(record.record))
    if (held !== undefined) this.#remove(held)
    const dropsAttributes = held !== undefined && lacksAttributes(record.record, held.record)
    const supersedesUntilMs = dropsAttributes ? now + record.record.ttlMs * tombstoneTtls : (held?.supersedesUntilMs ?? 0)
    this.#insert(record, deadlineMs, supersedesUntilMs)
  }

  #extend(record: VerifiedRecord, now: number): void {
    const row = this.#rows.get(recordId(record.record))
    if (row !== undefined) row.deadlineMs = now + this.#keptMs(row)
  }

  #insert(verified: VerifiedRecord, deadlineMs: number, supersedesUntilMs = 0): void {
    const owner = this.#owner(verified.record.owner)
    const row: Row = { record: verified.record, bytes: verified.bytes, signature: verified.signature, owner, deadlineMs, supersedesUntilMs }
    owner.rows++
    this.#rows.set(recordId(row.record), row)
    this.#revision++
    this.#bytes += row.bytes.length + row.signature.length
    if (row.record.deleted) this.#tombstones++
    this.index.add(row)
  }

  #remove(row: Row): void {
    this.#rows.delete(recordId(row.record))
    this.#revision++
    this.#bytes -= row.bytes.length + row.signature.length
    if (row.record.deleted) this.#tombstones--
    this.index.remove(row)
    row.owner.rows--
    if (row.owner.rows === 0) this.#owners.delete(row.owner.peer)
  }

  #owner(peer: PeerId): Owner {
    const known = this.#owners.get(peer)
    if (known !== undefined) return known
    const owner = { peer, servedFrom: this.#directory.servedFrom(peer), rows: 0 }
    this.#owners.set(peer, owner)
    return owner
  }

  #keptMs({ record }: VerifiedRecord): number {
    return record.deleted ? record.ttlMs * tombstoneTtls : record.ttlMs
  }
}

function sumOf(counts: ReadonlyMap<PeerId, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

/** MALFORMED where a disk has put one record in the place of another: that one would be there twice, perhaps in two versions. */
function requireKey({ record }: VerifiedRecord, { owner, name }: Readonly<Record<string, unknown>>): void {
  if (record.owner !== owner || record.name !== name) throw new CloudError('MALFORMED', { field: 'row', problem: 'is of another key' })
}

function lacksAttributes({ attributes }: ServiceRecord, earlier: ServiceRecord): boolean {
  return Object.keys(earlier.attributes).some((attribute) => attributes[attribute] === undefined)
}

/** Whether an owner is known to have started again since an epoch. */
function isOutlived(epoch: number, servedFrom: number): boolean {
  return epoch < servedFrom && servedFrom !== Number.POSITIVE_INFINITY
}

function outcomeAgainst(held: VerifiedRecord, arrived: VerifiedRecord): Outcome {
  const order = compareVersions(arrived, held)
  if (order > 0) return 'stored'
  if (order === 0) return 'kept'
  const { name, epoch, seq } = held.record
  return new CloudError('RECORD_STALE', { name, epoch, seq })
}

/** Why a version is not taken after another has expired: nobody but the owner brings that one back, and an older one of the owner's was long on its way. */
function refusalAfter(expired: VerifiedRecord, arrived: VerifiedRecord, fromOwner: boolean): CloudError | undefined {
  const outcome = outcomeAgainst(expired, arrived)
  if (fromOwner) return outcome instanceof CloudError ? outcome : undefined
  return outcome === 'stored' ? undefined : new CloudError('RECORD_EXPIRED', { name: arrived.record.name })
}

import { CloudError, decode, encode, equalBytes, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'
import { type Signer, sha256 } from '@cloudpeer/core/identity'
import type { ServiceDescription } from '@cloudpeer/model'
import { type RecordVersion, signService, signTombstone, type VerifiedRecord } from '../record/record.ts'
import type { DamagedService } from './own-service-repair.ts'

const migrations = [
  `CREATE TABLE services (
     name TEXT PRIMARY KEY,
     seq INTEGER NOT NULL,
     description BLOB NOT NULL
   ) STRICT, WITHOUT ROWID`,
  'ALTER TABLE services ADD COLUMN digest BLOB'
]

/** A service as this node owns it. */
interface OwnEntry {
  readonly record: VerifiedRecord
  readonly description: Uint8Array
}

/**
 * The services that this node owns, on disk, and their records of this epoch. A restart signs all of them anew under the
 * next epoch, which takes everything older out of all answers: what is no longer here needs no tombstone then.
 */
export class OwnServices {
  readonly #entries = new Map<string, OwnEntry>()
  readonly #damaged = new Map<string, DamagedService>()
  readonly #signer: Signer
  #version: Omit<RecordVersion, 'seq'>
  readonly #max: number
  readonly #store: Store
  readonly #put: Statement
  readonly #delete: Statement
  #seq = 0

  constructor(stores: StoreFactory, signer: Signer, version: Omit<RecordVersion, 'seq'>, max: number) {
    this.#signer = signer
    this.#version = version
    this.#max = max
    this.#store = stores.open('own-services', migrations)
    this.#put = this.#store.prepare('INSERT OR REPLACE INTO services (name, seq, description, digest) VALUES (?, ?, ?, ?)')
    this.#delete = this.#store.prepare('DELETE FROM services WHERE name = ?')
  }

  /** The epoch under which records are signed now. */
  get epoch(): number {
    return this.#version.epoch
  }

  /** Signs everything anew under a later epoch, and returns the records. */
  raise(epoch: number): readonly VerifiedRecord[] {
    this.#version = { ...this.#version, epoch }
    for (const { record, description } of [...this.#entries.values()]) {
      this.#sign(decode(description, 'service') as ServiceDescription, description, record.record.seq)
    }
    return this.records()
  }

  get size(): number {
    return this.#entries.size
  }

  /** Those on the disk whose descriptions are damaged: neither put again nor removed since. */
  get damaged(): readonly DamagedService[] {
    return [...this.#damaged.values()]
  }

  get(name: string): VerifiedRecord | undefined {
    return this.#entries.get(name)?.record
  }

  /** All records, by name. */
  records(): readonly VerifiedRecord[] {
    return [...this.#entries.keys()].sort().map((name) => (this.#entries.get(name) as OwnEntry).record)
  }

  /**
   * Signs the services of the last run for this epoch, and returns their records. One whose bytes are no longer what was written, or are
   * those of another, is damaged, and stays so until it is put again or removed: nobody must sign what a disk made up.
   */
  load(): readonly VerifiedRecord[] {
    for (const row of this.#store.prepare('SELECT name, seq, description, digest FROM services').all()) {
      const name = String(row.name)
      const bytes = row.description as Uint8Array
      this.#seq = Math.max(this.#seq, Number(row.seq))
      const isWhole = row.digest === null || equalBytes(row.digest as Uint8Array, sha256(bytes))
      const description = isWhole ? (decode(bytes, 'service') as ServiceDescription) : undefined
      if (description?.name === name) this.#sign(description, bytes, Number(row.seq))
      else this.#damaged.set(name, { name, seq: Number(row.seq) })
    }
    return this.records()
  }

  /**
   * Takes services, durably, all or none, and returns those records that are new: one that is described as before keeps
   * its record. QUOTA_EXCEEDED, STORE_FULL.
   */
  put(descriptions: readonly ServiceDescription[]): readonly VerifiedRecord[] {
    const changed = new Map<string, { readonly description: ServiceDescription; readonly bytes: Uint8Array }>()
    for (const description of descriptions) {
      const bytes = encode({ ...description })
      const known = this.#entries.get(description.name)
      if (known === undefined || !equalBytes(known.description, bytes)) changed.set(description.name, { description, bytes })
      else changed.delete(description.name)
    }
    const added = [...changed.keys()].filter((name) => !this.#entries.has(name)).length
    if (this.size + added > this.#max) throw new CloudError('QUOTA_EXCEEDED', { limit: 'services of one owner', max: this.#max })
    let seq = this.#seq
    this.#store.transaction(() => {
      for (const [name, { bytes }] of changed) this.#put.run(name, ++seq, bytes, sha256(bytes))
    })
    for (const name of changed.keys()) this.#damaged.delete(name)
    return [...changed.values()].map(({ description, bytes }) => this.#sign(description, bytes, ++this.#seq))
  }

  /** Forgets a service, durably, damaged or not, and returns its tombstone; undefined if there is none of that name. */
  remove(name: string): VerifiedRecord | undefined {
    if (!this.#entries.has(name) && !this.#damaged.has(name)) return undefined
    this.#delete.run(name)
    this.#entries.delete(name)
    this.#damaged.delete(name)
    return signTombstone(this.#signer, { ...this.#version, seq: ++this.#seq }, name)
  }

  close(): void {
    this.#store.close()
  }

  #sign(description: ServiceDescription, bytes: Uint8Array, seq: number): VerifiedRecord {
    const record = signService(this.#signer, { ...this.#version, seq }, description)
    this.#entries.set(description.name, { record, description: bytes })
    return record
  }
}

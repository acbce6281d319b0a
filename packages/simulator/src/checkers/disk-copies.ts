import type { PeerId, Row, Statement } from '@cloudpeer/core'
import type { Machine } from '../cloud/machine.ts'
import type { DiskContent } from '../cloud/simulated-disk.ts'
import { type RecordFields, recordFields } from './record-fields.ts'

/** Copies by the names of their services. */
type Copies = ReadonlyMap<string, RecordFields>

/** The copies of one owner's records that are on a machine's disk, by their names. */
export function copiesOnDisk(machine: Machine, owner: PeerId): Copies {
  return readerOf(machine)?.of(owner) ?? new Map()
}

/** All copies that are on a machine's disk, in order by name and owner. */
export function allCopiesOnDisk(machine: Machine): readonly RecordFields[] {
  return readerOf(machine)?.all() ?? []
}

const readers = new WeakMap<DiskContent['store'], CopyReader>()

function readerOf({ disk }: Machine): CopyReader | undefined {
  const store = disk.contentOf('records')?.store
  if (store === undefined) return undefined
  const reader = readers.get(store) ?? new CopyReader(store)
  readers.set(store, reader)
  return reader
}

/** Reads copies anew only where rows of their store were written since: the same ones are looked at many times. */
class CopyReader {
  readonly #changes: Statement
  readonly #every: Statement
  readonly #ofOwner: Statement
  #changesSeen: unknown
  #all: readonly RecordFields[] | undefined
  readonly #byOwner = new Map<PeerId, Copies>()

  constructor(store: DiskContent['store']) {
    this.#changes = store.prepare('SELECT total_changes() AS changes')
    this.#every = store.prepare('SELECT bytes FROM records ORDER BY name, owner')
    this.#ofOwner = store.prepare('SELECT bytes FROM records WHERE owner = ?')
  }

  all(): readonly RecordFields[] {
    this.#forgetOlder()
    this.#all ??= this.#every.all().map(fieldsOf)
    return this.#all
  }

  of(owner: PeerId): Copies {
    this.#forgetOlder()
    const known = this.#byOwner.get(owner)
    if (known !== undefined) return known
    const found = this.#ofOwner.all(owner).map(fieldsOf)
    const copies = new Map(found.map((fields) => [fields.name, fields]))
    this.#byOwner.set(owner, copies)
    return copies
  }

  #forgetOlder(): void {
    const changes = this.#changes.get()?.changes
    if (changes === this.#changesSeen) return
    this.#changesSeen = changes
    this.#all = undefined
    this.#byOwner.clear()
  }
}

function fieldsOf({ bytes }: Row): RecordFields {
  return recordFields(bytes as Uint8Array)
}

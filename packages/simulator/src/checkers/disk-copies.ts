import type { PeerId } from '@cloudpeer/core'
import type { Machine } from '../cloud/machine.ts'
import { type RecordFields, recordFields } from './record-fields.ts'

/** The copies of one owner's records that are on a machine's disk, by their names. */
export function copiesOnDisk({ disk }: Machine, owner: PeerId): ReadonlyMap<string, RecordFields> {
  const rows = disk.contentOf('records')?.store.prepare('SELECT bytes FROM records WHERE owner = ?').all(owner) ?? []
  return new Map(rows.map(({ bytes }) => recordFields(bytes as Uint8Array)).map((fields) => [fields.name, fields]))
}

/** All copies that are on a machine's disk, in order by name and owner. */
export function allCopiesOnDisk({ disk }: Machine): readonly RecordFields[] {
  const rows = disk.contentOf('records')?.store.prepare('SELECT bytes FROM records ORDER BY name, owner').all() ?? []
  return rows.map(({ bytes }) => recordFields(bytes as Uint8Array))
}

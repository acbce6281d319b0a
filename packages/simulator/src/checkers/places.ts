import type { Shard } from '@cloudpeer/registry/protocols'
import type { RecordFields } from './record-fields.ts'

/** A place in the order by name and owner, in which shards are compared. */
export interface Place {
  readonly name: string
  readonly owner?: string
}

/** Whether one place is before another, or the same if that counts. */
export function isBefore(a: Place, b: Place, orSame: boolean): boolean {
  if (a.name !== b.name) return a.name < b.name
  const [ofA, ofB] = [a.owner ?? '', b.owner ?? '']
  return ofA === ofB ? orSame : ofA < ofB
}

/** Whether a copy belongs to a shard. */
export function isIn({ attribute }: Shard, { attributes }: RecordFields): boolean {
  return attribute === 'name' || attributes[attribute] !== undefined
}

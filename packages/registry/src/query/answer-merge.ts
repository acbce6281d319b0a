import type { Subject } from '@cloudpeer/model'
import { compareVersions, type VerifiedRecord } from '../record/record.ts'
import { recordId } from '../replica/row.ts'

/** One shard's ordered records, page by page. */
export interface Cursor {
  /** The record that comes next, once it is at hand. */
  head(): VerifiedRecord | undefined
  advance(): void
  /** Whether records may follow that are not at hand yet. */
  readonly open: boolean
  /** Fetches until a head is at hand or nothing follows. */
  fill(): Promise<void>
}

/** A record of the answer, and the cursors that had this version of it. */
export interface MergedRecord<C extends Cursor> {
  readonly record: VerifiedRecord
  readonly cursors: readonly C[]
}

/** Records in order, of which each service has one. */
export interface Merged<C extends Cursor> {
  readonly records: readonly MergedRecord<C>[]
  readonly more: boolean
}

/** Bounds of one answer. */
export interface AnswerBounds {
  readonly records: number
  readonly bytes: number
}

/**
 * Merges ordered cursors into one ordered answer. A service that several of them have is taken once, in the newest
 * version among those that stand at the same place; a version that stands elsewhere in the order is passed over.
 */
export async function mergeCursors<C extends Cursor>(
  cursors: readonly C[],
  order: (a: Subject, b: Subject) => number,
  bounds: AnswerBounds
): Promise<Merged<C>> {
  const records: MergedRecord<C>[] = []
  const taken = new Set<string>()
  let bytes = 0
  for (;;) {
    if (records.length === bounds.records || bytes >= bounds.bytes) {
      return { records, more: cursors.some((cursor) => cursor.open || cursor.head() !== undefined) }
    }
    const starved = cursors.filter((cursor) => cursor.open && cursor.head() === undefined)
    if (starved.length > 0) await Promise.all(starved.map((cursor) => cursor.fill()))
    const next = takeNext(cursors, order)
    if (next === undefined) return { records, more: false }
    if (cursors.length > 1) {
      const id = recordId(next.record.record)
      if (taken.has(id)) continue
      taken.add(id)
    }
    bytes += next.record.bytes.length
    records.push(next)
  }
}

function takeNext<C extends Cursor>(cursors: readonly C[], order: (a: Subject, b: Subject) => number): MergedRecord<C> | undefined {
  let next: VerifiedRecord | undefined
  for (const cursor of cursors) {
    const head = cursor.head()
    if (head === undefined) continue
    const place = next === undefined ? -1 : order(head.record, next.record)
    if (next === undefined || place < 0 || (place === 0 && compareVersions(head, next) > 0)) next = head
  }
  if (next === undefined) return undefined
  const holders: C[] = []
  for (const cursor of cursors) {
    const head = cursor.head()
    if (head === undefined || order(head.record, next.record) !== 0) continue
    if (compareVersions(head, next) === 0) holders.push(cursor)
    cursor.advance()
  }
  return { record: next, cursors: holders }
}

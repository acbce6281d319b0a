import type { OwnedCapacity } from '../provisioning.ts'
import type { BookEntry, BookRow } from './book-entry.ts'

/** What the owner remembers beside its leases. */
export interface BookHeader {
  /** The latest epoch in which it granted, or could have. */
  readonly epoch: number
  /** The last seq that it gave to a lease. */
  readonly seq: number
  readonly draining: boolean
  /** Whether leases may be out that are not in the book, so that nothing is granted until they must have ended. */
  readonly quarantined: boolean
  /** How long any lease may last that may be out, in the book or not, unless it is renewed, in ms; absent in headers of before that was written. */
  readonly lastingMs?: number
}

/** All that a book knows. */
export interface BookState {
  readonly header: BookHeader
  readonly capacity: OwnedCapacity | undefined
  readonly entries: readonly BookEntry[]
}

/** What has changed in a book and is to be written, all of it at once. */
export interface BookChanges {
  /** Whether this is all that is to be on disk, and whatever else is there goes. */
  readonly replaces?: boolean
  readonly header?: BookHeader
  readonly capacity?: OwnedCapacity
  /** By seq: the row as it is now; undefined where there is none any more. */
  readonly rows: ReadonlyMap<number, BookRow | undefined>
}

/** What an owner knows that has never granted anything. */
export const emptyHeader: BookHeader = { epoch: 0, seq: 0, draining: false, quarantined: false }

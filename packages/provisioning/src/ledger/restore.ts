import { type BookState, emptyHeader } from './book-state.ts'
import type { BookOptions } from './ledger-book.ts'
import type { LedgerRows } from './ledger-rows.ts'

/**
 * The book that a ledger's rows stand for: every lease has a full ttl from now, since no clock tells how long the owner was away. Leases of
 * which it is not known what they were granted from are left out.
 */
export function restoredState({ header, capacity, leases }: LedgerRows, now: number, { holdMs, leaseMs }: BookOptions): BookState {
  const kept = capacity === undefined ? [] : leases
  return {
    header: header ?? {
      ...emptyHeader,
      epoch: Math.max(0, ...leases.map(({ fence }) => fence.epoch)),
      seq: Math.max(0, ...leases.map(({ fence }) => fence.seq))
    },
    capacity,
    entries: kept.map((row) => ({ ...row, endsAt: now + (row.state === 'held' ? holdMs : leaseMs), since: now }))
  }
}

/** Why leases may be out that the ledger does not know of; undefined if none can be. */
export function doubtAbout(
  { isFound, damaged, header }: LedgerRows,
  { isNew, epoch }: { readonly isNew: boolean; readonly epoch: number }
): string | undefined {
  if (damaged.length > 0) return `rows are not what was written: ${damaged.slice(0, 8).join(', ')}`
  if (!isFound) return isNew ? undefined : 'there is none, though the owner is not new'
  if (header === undefined || header.epoch < epoch - 1) return 'it missed a start of its owner'
  return undefined
}

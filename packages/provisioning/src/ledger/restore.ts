import { isCloudError } from '@cloudpeer/core'
import type { Capacity } from '@cloudpeer/model'
import { type BookRow, isOfItsUnit, unitKey } from './book-entry.ts'
import { type BookHeader, type BookState, emptyHeader } from './book-state.ts'
import { freeAfterChange } from './capacity-change.ts'
import type { BookOptions } from './ledger-book.ts'
import type { LedgerRows } from './ledger-rows.ts'

/**
 * The book that a ledger's rows stand for: every lease has a full ttl from now, since no clock tells how long the owner was away, and no
 * shorter one than it was given, whatever leases last now; so has what is only held there, since an image of the disk may be of the moment before it
 * was confirmed. Leases are left out that cannot all be, and of which it is not known what they
 * were granted from; no seq of theirs is given again.
 */
export function restoredState(rows: LedgerRows, now: number, { leaseMs }: BookOptions): BookState {
  const { header = emptyHeader, capacity, leases } = rows
  const kept = contradiction(rows) === undefined ? leases : []
  return {
    header: {
      ...header,
      epoch: Math.max(header.epoch, ...leases.map(({ fence }) => fence.epoch)),
      seq: Math.max(header.seq, ...leases.map(({ fence }) => fence.seq))
    },
    capacity,
    entries: kept.map((row) => {
      const ttlMs = longestMs([row], leaseMs)
      return { ...row, ttlMs, endsAt: now + ttlMs, since: now, ...(row.state === 'held' && { mayBeActive: true }) }
    })
  }
}

/** The longest that any of these leases may last without being renewed, or one that is given now, in ms. */
export function longestMs(leases: readonly BookRow[], leaseMs: number): number {
  return leases.reduce((longest, { ttlMs = leaseMs }) => Math.max(longest, ttlMs), leaseMs)
}

/** Why leases may be out that the ledger does not know of; undefined if none can be. */
export function doubtAbout(rows: LedgerRows, { isNew, epoch }: { readonly isNew: boolean; readonly epoch: number }): string | undefined {
  const { isFound, damaged, isWhole, header, leases } = rows
  if (damaged.length > 0) return `rows are not what was written: ${damaged.slice(0, 8).join(', ')}`
  if (!isFound) return isNew ? undefined : 'there is none, though the owner is not new'
  if (header === undefined || header.epoch < epoch - 1) return 'it missed a start of its owner'
  if (isOlder(header, leases)) return 'a lease is newer than the facts'
  return contradiction(rows) ?? (isWhole ? undefined : 'a row is missing, or older than the others')
}

/**
 * Why a ledger's rows cannot be of one moment: each is what was written once, but a disk that dropped a write has an older one in its
 * place (lost writes; Bairavasundaram et al., *An analysis of data corruption in the storage stack*, 2008).
 */
function contradiction({ capacity, leases }: LedgerRows): string | undefined {
  const units = leases.filter(isOfItsUnit).map(unitKey)
  if (new Set(units).size < units.length) return 'a unit has two leases'
  if (leases.length > 0 && capacity === undefined) return 'there are leases, and nothing that they were granted from'
  return capacity !== undefined && isTooMuch(capacity.total, leases) ? 'leases have more than there is' : undefined
}

/** Whether a lease was granted after what the header tells of. */
function isOlder({ epoch, seq }: BookHeader, leases: readonly BookRow[]): boolean {
  return leases.some(({ fence }) => fence.epoch > epoch || fence.seq > seq)
}

function isTooMuch(total: Capacity, leases: readonly BookRow[]): boolean {
  try {
    freeAfterChange(total, total, leases)
    return false
  } catch (error) {
    if (isCloudError(error, 'CAPACITY_IN_USE')) return true
    throw error
  }
}

import { encode } from '@cloudpeer/core'
import { type OfferedLease, offeredLeasesMax } from '../documents/offer.ts'
import type { BookEntry } from '../ledger/book-entry.ts'

/** Bytes that the leases of one offer may have, beside what else is in it. */
export const offeredLeasesBytesMax = 8 * 1024

/** What an offer tells of leases: those that end first before others, and as many as there is room for. */
export function offeredLeases(entries: Iterable<BookEntry>, now: number): readonly OfferedLease[] {
  const byEnd = [...entries].map((entry) => offeredLease(entry, now)).sort((a, b) => endOf(a) - endOf(b))
  let bytes = 0
  const fitting = byEnd.slice(0, offeredLeasesMax).findIndex((lease) => {
    bytes += encode(lease).length
    return bytes > offeredLeasesBytesMax
  })
  return byEnd.slice(0, fitting < 0 ? offeredLeasesMax : fitting)
}

function offeredLease(entry: BookEntry, now: number): OfferedLease {
  const { requester, allocation } = entry
  const leftMs = leftMsOf(entry, now)
  return { requester, allocation, ...(leftMs < Number.POSITIVE_INFINITY && { leftMs: Math.max(0, Math.round(leftMs)) }) }
}

/** In how many ms a lease is over, as far as is known; infinite where nothing is. */
function leftMsOf({ state, durationMs = Number.POSITIVE_INFINITY, since, endsAt, recalledAt }: BookEntry, now: number): number {
  if (state === 'ending') return 0
  if (state === 'held') return durationMs
  return Math.min(since + durationMs - now, recalledAt === undefined ? Number.POSITIVE_INFINITY : endsAt - now)
}

function endOf({ leftMs = Number.MAX_SAFE_INTEGER }: OfferedLease): number {
  return leftMs
}

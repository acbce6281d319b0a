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

function offeredLease({ requester, allocation, state, durationMs, since }: BookEntry, now: number): OfferedLease {
  if (state === 'ending') return { requester, allocation, leftMs: 0 }
  if (durationMs === undefined) return { requester, allocation }
  return { requester, allocation, leftMs: state === 'held' ? durationMs : Math.max(0, Math.round(since + durationMs - now)) }
}

function endOf({ leftMs = Number.MAX_SAFE_INTEGER }: OfferedLease): number {
  return leftMs
}

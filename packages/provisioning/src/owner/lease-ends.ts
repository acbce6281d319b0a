import type { Clock } from '@cloudpeer/core'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createExpiryTimer, type ExpiryTimer } from './expiry-timer.ts'
import type { LeaseNotices } from './lease-notices.ts'
import type { Patience } from './patience.ts'
import type { WorkloadRunner } from './workload-runner.ts'

/** What ending leases needs. */
export interface LeaseEndParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly runner: Pick<WorkloadRunner, 'end'>
  readonly notices: Pick<LeaseNotices, 'revoke' | 'recall'>
  readonly patience: Pick<Patience, 'missed'>
  /** Told when something is, or will be, free. */
  readonly onFree: () => void
}

/** What follows when leases end: work is stopped, requesters that do not know are told, and what is free is offered. */
export interface LeaseEnds extends ExpiryTimer {
  /** The ledger has ended leases by their requester's wish; they are given as they were. */
  released(ended: readonly BookEntry[]): void
  /** The ledger has called leases back; holds are given as they were. */
  recalled(entries: readonly BookEntry[]): void
}

/** The ends of one owner's leases, those that come by time among them. */
export function createLeaseEnds({ clock, ledger, runner, notices, patience, onFree }: LeaseEndParts): LeaseEnds {
  function released(ended: readonly BookEntry[]): void {
    for (const entry of ended) if (entry.state === 'active') runner.end(entry)
    if (ended.length > 0) onFree()
  }

  function expire(): number {
    const ended = ledger.expire()
    released(ended)
    notices.revoke(ended.filter(({ state }) => state === 'active'))
    patience.missed(ended.filter(({ state }) => state === 'held').map(({ requester }) => requester))
    return ledger.book.nextEnd()
  }

  function recalled(entries: readonly BookEntry[]): void {
    notices.revoke(entries.filter(({ state }) => state === 'held'))
    notices.recall(entries.filter(({ state }) => state === 'active'))
    if (entries.length > 0) onFree()
  }

  return { ...createExpiryTimer(clock, expire), released, recalled }
}

import { type Clock, CloudError, type PeerId } from '@cloudpeer/core'
import { type Fence, parseLeaseId } from '../documents/lease.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** What calling leases back needs. */
export interface RecallParts {
  readonly self: PeerId
  readonly clock: Clock
  readonly ledger: Ledger
  /** Told of leases that are called back; holds are given as they were. */
  readonly onRecalled: (entries: readonly BookEntry[]) => void
}

/** Ends the leases of an owner by its operator's wish: no sooner than their requesters may rely on them. */
export interface Recalls {
  /** Calls one lease back, durably; in how many ms it ends at the latest. Once more only tells again. LEASE_UNKNOWN, NOT_OWNER, LEDGER_READ_ONLY. */
  one(id: string): Promise<number>
  /** Calls all of them back. LEDGER_READ_ONLY. */
  all(): Promise<void>
}

/** The recalls of one owner. */
export function createRecalls({ self, clock, ledger, onRecalled }: RecallParts): Recalls {
  async function recall(fences: readonly Fence[]): Promise<readonly BookEntry[]> {
    const outcomes = await ledger.recall(fences)
    const entries = outcomes.flatMap((outcome) => (outcome instanceof CloudError ? [] : [outcome]))
    onRecalled(entries)
    return entries
  }

  return {
    async one(id) {
      const lease = parseLeaseId(id)
      if (lease === undefined) throw new CloudError('LEASE_UNKNOWN', { lease: id.slice(0, 256) })
      if (lease.owner !== self) throw new CloudError('NOT_OWNER', { lease: id, owner: lease.owner })
      const [entry] = await recall([lease.fence])
      if (entry === undefined) throw new CloudError('LEASE_UNKNOWN', { lease: id })
      return entry.state === 'held' ? 0 : Math.max(0, Math.ceil(entry.endsAt - clock.now()))
    },
    async all() {
      await recall([...ledger.book.entries()].map(({ fence }) => fence))
    }
  }
}

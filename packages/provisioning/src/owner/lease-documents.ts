import type { Clock, PeerId } from '@cloudpeer/core'
import type { Documents } from '../documents/documents.ts'
import { type Lease, leaseId } from '../documents/lease.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { LeaseStatus } from '../provisioning.ts'

/** Writes and signs the owner's leases as they are now. */
export interface LeaseDocuments {
  leaseOf(entry: BookEntry): Lease
  sign(entry: BookEntry): Signed
  /** For the owner's own user. */
  statusOf(entry: BookEntry): LeaseStatus
}

/** The leases of one owner. */
export function createLeaseDocuments({
  network,
  self,
  clock,
  documents
}: {
  readonly network: string
  readonly self: PeerId
  readonly clock: Clock
  readonly documents: Documents
}): LeaseDocuments {
  function leaseOf({ requester, request, unit, allocation, fence, state, endsAt }: BookEntry): Lease {
    return {
      network,
      owner: self,
      requester,
      request,
      unit,
      allocation,
      fence,
      state: state === 'held' ? 'held' : 'active',
      // Rounded down: nobody may rely on it for longer than the owner does.
      ttlMs: Math.max(1, Math.floor(endsAt - clock.now())),
      signedAt: Math.max(0, Math.round(clock.wallTime()))
    }
  }

  return {
    leaseOf,
    sign: (entry) => documents.leases.seal(leaseOf(entry)).signed,
    statusOf(entry) {
      const { document, signed } = documents.leases.seal(leaseOf(entry))
      const status = { id: leaseId(document), side: 'owner', lease: document, leftMs: document.ttlMs, signed } as const
      if (entry.recalledAt === undefined) return { ...status, state: document.state }
      return { ...status, state: 'recalled', recalledMs: Math.max(0, Math.round(clock.wallTime() - entry.recalledAt)) }
    }
  }
}

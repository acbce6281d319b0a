import type { Ledger } from '../ledger/ledger.ts'
import type { OwnerState } from '../provisioning.ts'

/** Why the owner of a ledger grants, or does not. */
export function ownerState({ readOnly, header, book }: Pick<Ledger, 'readOnly' | 'header' | 'book'>): OwnerState {
  if (readOnly) return 'read-only'
  if (book.capacity === undefined) return 'idle'
  if (header.quarantined) return 'quarantined'
  return header.draining ? 'draining' : 'open'
}

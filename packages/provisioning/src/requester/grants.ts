import { CloudError, type PeerId } from '@cloudpeer/core'
import type { Allocation, Amounts } from '@cloudpeer/model'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import type { Documents } from '../documents/documents.ts'
import { type Fence, type Lease, leaseId } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'
import type { grantProtocol } from '../protocols/grant.ts'
import type { OwnRequest } from './own-request.ts'

/** What taking grants works with. */
export interface GrantsParts {
  readonly self: PeerId
  readonly documents: Documents
  readonly now: () => number
  readonly find: (id: string) => OwnRequest | undefined
  readonly changed: (request: OwnRequest) => void
}

/** Answers an owner that grants. The first grant of a unit is taken, if it gives what was asked. LEASE_OF_ANOTHER, DOCUMENT_FORGED, INVALID. */
export type TakeGrants = (request: RequestOf<typeof grantProtocol>, from: PeerId) => ReplyOf<typeof grantProtocol>

/** Takes grants for the requests of this node. */
export function createTakeGrants({ self, documents, now, find, changed }: GrantsParts): TakeGrants {
  function take(lease: Verified<Lease>): OwnRequest | undefined {
    const { request, allocation } = lease.document
    const own = find(request)
    if (own === undefined || !gives(allocation, own.spec.amounts)) return undefined
    return own.book.take(lease, now()) ? own : undefined
  }

  return ({ leases }, from) => {
    const granted = leases.map((signed) => checked(documents.leases.open(signed), from, self))
    const unwanted: Fence[] = []
    const takers = new Set<OwnRequest>()
    for (const lease of granted) {
      const taker = take(lease)
      if (taker === undefined) unwanted.push(lease.document.fence)
      else takers.add(taker)
    }
    for (const taker of takers) changed(taker)
    return { unwanted }
  }
}

function checked(lease: Verified<Lease>, from: PeerId, self: PeerId): Verified<Lease> {
  const { owner, requester } = lease.document
  if (requester !== self) throw new CloudError('LEASE_OF_ANOTHER', { lease: leaseId(lease.document) })
  if (owner !== from) throw new CloudError('INVALID', { field: 'leases.owner', problem: `is ${owner}, but ${from} sent it` })
  return lease
}

/** Whether an allocation is not less than what was asked. */
function gives(allocation: Allocation, { cpuMilli, memoryMib, diskMib, gpu, others }: Amounts): boolean {
  return (
    allocation.cpuMilli >= cpuMilli &&
    allocation.memoryMib >= memoryMib &&
    allocation.diskMib >= diskMib &&
    allocation.gpus.filter(({ milli }) => milli >= (gpu?.milli ?? 0)).length >= (gpu?.count ?? 0) &&
    Object.entries(others).every(([name, amount]) => (allocation.others[name] ?? 0) >= amount)
  )
}

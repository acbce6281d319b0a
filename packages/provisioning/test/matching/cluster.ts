import type { PeerId } from '@cloudpeer/core'
import type { Allocation, Amounts, Capacity } from '@cloudpeer/model'
import type { Demand } from '../../src/matching/demand.ts'
import type { LeaseEnd, OfferedCapacity } from '../../src/matching/owner-view.ts'

/** Capacity of processors only. */
export function cpus(count: number): Omit<Amounts, 'gpu'> & { readonly gpus: Capacity['gpus'] & Allocation['gpus'] } {
  return { cpuMilli: count * 1000, memoryMib: 0, diskMib: 0, gpus: [], others: {} }
}

/** An owner's offer of some processors. */
export function offerOf(owner: string, free: number, more: Partial<OfferedCapacity> & { readonly of?: number } = {}): OfferedCapacity {
  const { of = free, ...rest } = more
  return { owner: owner as PeerId, epoch: 1, seq: 1, state: 'open', attributes: {}, total: cpus(of), free: cpus(free), leases: [], ...rest }
}

/** A lease of some processors. */
export function leaseOf(requester: string, count: number, leftMs?: number): LeaseEnd {
  return { requester: requester as PeerId, allocation: cpus(count), ...(leftMs !== undefined && { leftMs }) }
}

/** A request for some processors, from a requester of its own name. */
export function demandOf(key: string, count: number, more: Partial<Demand> = {}): Demand {
  return { key, requester: key as PeerId, amounts: cpus(count), gang: false, priority: 4, arrivedAt: 0, accepts: () => true, ...more }
}

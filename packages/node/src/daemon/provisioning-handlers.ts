import {
  type ApiHandlers,
  type CapacityReport,
  type LeaseReport,
  type leasesRoute,
  pageLimitMax,
  type ReplyOf,
  type RequestOf
} from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { parseAmounts, parseAttributes, parseCapacity, plainAttributes, type Schema } from '@cloudpeer/model'
import { type CapacityStatus, checkLease, type LeaseStatus, leaseId, type Provisioning } from '@cloudpeer/provisioning'
import type { CallContext } from '../http/server.ts'
import { pageAfter } from './page-after.ts'

/** The routes about capacity, requests and leases. */
type ProvisioningRoute =
  | 'capacity'
  | 'setCapacity'
  | 'drainCapacity'
  | 'undrainCapacity'
  | 'createRequest'
  | 'ownRequests'
  | 'request'
  | 'explainRequest'
  | 'cancelRequest'
  | 'leases'
  | 'lease'
  | 'renewLease'
  | 'releaseLease'
  | 'endLease'
  | 'checkLease'

/** What this node answers about capacity, requests and leases. */
export function createProvisioningHandlers(
  provisioning: Provisioning,
  schema: () => Schema
): Pick<ApiHandlers<CallContext>, ProvisioningRoute> {
  return {
    capacity: () => capacityReport(provisioning.capacity()),
    setCapacity: async ({ total, attributes }) => {
      const parsed = attributes === undefined ? provisioning.capacity().attributes : parseAttributes(attributes, schema())
      return capacityReport(await provisioning.setCapacity({ total: parseCapacity(total, 'total'), attributes: parsed }))
    },
    drainCapacity: async ({ endLeases = false }) => capacityReport(await provisioning.drain({ endLeases })),
    undrainCapacity: async () => capacityReport(await provisioning.undrain()),
    createRequest: ({ amounts, ...request }) => provisioning.create({ ...request, amounts: parseAmounts(amounts) }),
    ownRequests: ({ limit = pageLimitMax, after }) => {
      const { items, next } = pageAfter(provisioning.requests(), ({ id }) => id, { limit, after })
      return { requests: items, ...(next !== undefined && { next }) }
    },
    request: ({ id, waitMs = 0 }, { signal }) => (waitMs === 0 ? provisioning.request(id) : provisioning.until(id, waitMs, signal)),
    explainRequest: ({ id }, { signal }) => provisioning.explain(id, signal),
    cancelRequest: ({ id }) => provisioning.cancel(id),
    leases: (request) => leasesPage(provisioning.leases(), request),
    lease: ({ id }) => leaseReport(leaseOf(provisioning.leases(), id)),
    renewLease: async ({ id }) => leaseReport(await provisioning.renew(id)),
    releaseLease: async ({ id }) => {
      await provisioning.release(id)
      return { released: true }
    },
    endLease: async ({ id }) => ({ leftMs: await provisioning.endLease(id) }),
    checkLease: ({ signed: { bytes, signature } }) => {
      const lease = checkLease([Buffer.from(bytes, 'base64'), Buffer.from(signature, 'base64')])
      return { id: leaseId(lease), lease }
    }
  }
}

function capacityReport({ attributes, ...status }: CapacityStatus): CapacityReport {
  return { ...status, attributes: plainAttributes(attributes) as CapacityReport['attributes'] }
}

function leaseReport({ signed: [bytes, signature], ...status }: LeaseStatus): LeaseReport {
  return { ...status, signed: { bytes: base64(bytes), signature: base64(signature) } }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Those that this node has before those that it granted: a node may lease its own capacity, and both have one id. */
function leasesPage(
  leases: readonly LeaseStatus[],
  { side, limit = pageLimitMax, after }: RequestOf<typeof leasesRoute>
): ReplyOf<typeof leasesRoute> {
  const sides = side === undefined ? (['requester', 'owner'] as const) : [side]
  const wanted = sides.flatMap((one) => leases.filter((lease) => lease.side === one))
  const { items, next } = pageAfter(wanted, (lease) => `${lease.side} ${lease.id}`, { limit, after })
  return { leases: items.map(leaseReport), ...(next !== undefined && { next }) }
}

function leaseOf(leases: readonly LeaseStatus[], id: string): LeaseStatus {
  const found = leases.filter((lease) => lease.id === id)
  const lease = found.find(({ side }) => side === 'requester') ?? found[0]
  if (lease === undefined) throw new CloudError('LEASE_UNKNOWN', { lease: id })
  return lease
}

import type { PeerId } from '@cloudpeer/core'
import { type Lease, leaseId } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'
import type { OwnRequest } from './own-request.ts'

/** A lease of this node, and the request that it is for. */
export interface LeaseOfRequest {
  readonly request: OwnRequest
  readonly lease: Verified<Lease>
}

type ById = Map<string, LeaseOfRequest>

/** Finds the leases of this node's requests by what owners call them. */
export class LeaseIndex {
  readonly #owners = new Map<PeerId, ById>()
  readonly #indexed = new Map<OwnRequest, ReadonlySet<Verified<Lease>>>()

  /** Notes the leases that a request has now, in place of those that it had. */
  update(request: OwnRequest): void {
    const before = this.#indexed.get(request) ?? new Set()
    const leases = new Set(request.book.leases)
    for (const lease of before) if (!leases.has(lease)) this.#delete(lease.document)
    for (const lease of leases) if (!before.has(lease)) this.#ofOwner(lease.document.owner).set(leaseId(lease.document), { request, lease })
    if (leases.size > 0) this.#indexed.set(request, leases)
    else this.#indexed.delete(request)
  }

  get({ owner, fence }: Pick<Lease, 'owner' | 'fence'>): LeaseOfRequest | undefined {
    return this.#owners.get(owner)?.get(leaseId({ owner, fence }))
  }

  /** All leases that one owner granted. */
  of(owner: PeerId): Iterable<LeaseOfRequest> {
    return [...(this.#owners.get(owner)?.values() ?? [])]
  }

  /** By the text by which people name it. */
  named(id: string): LeaseOfRequest | undefined {
    const dot = id.indexOf('.')
    return this.#owners.get(id.slice(0, Math.max(0, dot)) as PeerId)?.get(id)
  }

  *[Symbol.iterator](): Iterator<LeaseOfRequest> {
    for (const leases of this.#owners.values()) yield* leases.values()
  }

  #ofOwner(owner: PeerId): ById {
    const known = this.#owners.get(owner)
    if (known !== undefined) return known
    const leases: ById = new Map()
    this.#owners.set(owner, leases)
    return leases
  }

  #delete(lease: Lease): void {
    const leases = this.#owners.get(lease.owner)
    leases?.delete(leaseId(lease))
    if (leases?.size === 0) this.#owners.delete(lease.owner)
  }
}

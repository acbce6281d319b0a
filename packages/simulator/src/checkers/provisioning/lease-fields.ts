import { decode, type PeerId } from '@cloudpeer/core'
import type { Amounts, Capacity } from '@cloudpeer/model'
import type { Lease } from '@cloudpeer/provisioning'

/** A signed document on the wire. */
type Signed = readonly [bytes: Uint8Array, signature: Uint8Array]

/** Reads a lease's fields from its signed bytes, without any of the code that is judged. */
export function leaseFields([bytes]: Signed): Lease {
  return decode(bytes, 'lease') as Lease
}

/** What an offer's signed bytes say, as far as it is looked at. */
export interface OfferFields {
  readonly owner: PeerId
  readonly seq: number
  readonly state: 'open' | 'closed'
  readonly free: Capacity
}

/** Reads an offer's fields in the same way. */
export function offerFields([bytes]: Signed): OfferFields {
  return decode(bytes, 'offer') as OfferFields
}

/** What a request's signed bytes say, as far as it is looked at. */
interface RequestFields {
  readonly requester: PeerId
  readonly id: string
  readonly amounts: Amounts
  readonly gang: boolean
}

/** Reads a request's fields in the same way. */
export function requestFields([bytes]: Signed): RequestFields {
  const fields = read.get(bytes) ?? (decode(bytes, 'request') as RequestFields)
  read.set(bytes, fields)
  return fields
}

/** Requests are told again and again. */
const read = new WeakMap<Uint8Array, RequestFields>()

/** A lease's name among all leases. */
export function leaseName({ owner, fence }: Pick<Lease, 'owner' | 'fence'>): string {
  return `${owner}.${fence.epoch}.${fence.seq}`
}

/** Which unit of which request a lease is for. */
export function unitName({ requester, request, unit }: Pick<Lease, 'requester' | 'request' | 'unit'>): string {
  return `${requester}/${request}/${unit}`
}

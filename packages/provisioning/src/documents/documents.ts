import type { Signer, Verifier } from '@cloudpeer/core/identity'
import { type Lease, leaseInit } from './lease.ts'
import { type Offer, offerInit } from './offer.ts'
import { type CapacityRequest, requestInit } from './request.ts'
import { type DocumentKind, documentKind } from './signed-document.ts'

/** All that is signed in provisioning, by kind. */
export interface Documents {
  readonly offers: DocumentKind<Offer>
  readonly requests: DocumentKind<CapacityRequest>
  readonly leases: DocumentKind<Lease>
}

/** The documents of one network at one node. */
export function createDocuments(parts: { readonly network: string; readonly signer: Signer; readonly verifier: Verifier }): Documents {
  return { offers: documentKind(offerInit, parts), requests: documentKind(requestInit, parts), leases: documentKind(leaseInit, parts) }
}

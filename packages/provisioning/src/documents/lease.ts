import { type PeerId, validator } from '@cloudpeer/core'
import { createVerifier } from '@cloudpeer/core/identity'
import type { Allocation } from '@cloudpeer/model'
import { Type } from 'typebox'
import { allocationSchema } from './amounts.ts'
import { counterSchema, networkSchema, peerSchema, ttlMsMax } from './offer.ts'
import { countMax, requestIdSchema } from './request.ts'
import { checkDocument, type DocumentInit, type Signed } from './signed-document.ts'

/** The order of an owner's leases: a later one has the higher fence, by epoch and then seq, whatever happens to the owner. */
export interface Fence {
  /** The owner's epoch when it granted. */
  readonly epoch: number
  readonly seq: number
}

/** Capacity given to one requester, as its owner signed it: whoever has it can check it, and compare its fence. */
export interface Lease {
  readonly network: string
  readonly owner: PeerId
  readonly requester: PeerId
  /** The request's id, and which of its units this is. */
  readonly request: string
  readonly unit: number
  readonly allocation: Allocation
  readonly fence: Fence
  /** `held` until the requester has confirmed it. */
  readonly state: 'held' | 'active'
  /**
   * How long it lasts unless it is renewed, in ms, from when the owner signed. The owner's own monotonic clock alone ends it; a requester
   * counts from when it asked.
   */
  readonly ttlMs: number
  /** When the owner signed it, in ms since 1970 by its wall clock: for people. */
  readonly signedAt: number
}

/** A fence on the wire. */
export const fenceSchema = Type.Object({ epoch: counterSchema, seq: counterSchema }, { additionalProperties: false })

/** What a lease is. */
export const leaseInit: DocumentInit<Lease> = {
  kind: 'lease',
  validator: validator(
    Type.Object(
      {
        network: networkSchema,
        owner: peerSchema,
        requester: peerSchema,
        request: requestIdSchema,
        unit: Type.Integer({ minimum: 0, maximum: countMax - 1 }),
        allocation: allocationSchema,
        fence: fenceSchema,
        state: Type.Union([Type.Literal('held'), Type.Literal('active')]),
        ttlMs: Type.Integer({ minimum: 1, maximum: ttlMsMax }),
        signedAt: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
      },
      { additionalProperties: false }
    )
  ),
  writerOf: ({ owner }) => owner
}

/** Positive if `a` is later than `b`. */
export function compareFences(a: Fence, b: Fence): number {
  return a.epoch - b.epoch || a.seq - b.seq
}

/** The text by which people name a lease: `<owner>.<epoch>.<seq>`. */
export function leaseId({ owner, fence }: Pick<Lease, 'owner' | 'fence'>): string {
  return `${owner}.${fence.epoch}.${fence.seq}`
}

/** What such a text names; undefined for any other text. */
export function parseLeaseId(id: string): Pick<Lease, 'owner' | 'fence'> | undefined {
  const [, owner, epoch, seq] = /^(\w+)\.(\d{1,15})\.(\d{1,15})$/.exec(id) ?? []
  return owner === undefined ? undefined : { owner: owner as PeerId, fence: { epoch: Number(epoch), seq: Number(seq) } }
}

/**
 * What an owner signed, for anybody who is shown it: no node and no network is needed. It says that the lease was given, not that it still
 * lasts: of two leases of one thing the one with the later fence is the newer. MALFORMED, INVALID, DOCUMENT_FORGED.
 */
export function checkLease(signed: Signed): Lease {
  return checkDocument(leaseInit, createVerifier(), signed)
}

import { type PeerId, validator } from '@cloudpeer/core'
import { type Allocation, type Attributes, attributesSchema, type Capacity } from '@cloudpeer/model'
import { Type } from 'typebox'
import { allocationSchema, capacitySchema } from './amounts.ts'
import type { DocumentInit } from './signed-document.ts'

/** What an owner has free now, as it signed it. Copies order by (epoch, seq): the newest wins. */
export interface Offer {
  readonly network: string
  readonly owner: PeerId
  /** How often the owner had started when it wrote this. */
  readonly epoch: number
  /** Grows with each change. */
  readonly seq: number
  /** How long a receiver keeps it without hearing from the owner, in ms on the receiver's own clock. */
  readonly ttlMs: number
  /** `closed` while the owner grants nothing: it drains, waits for old leases to end, or cannot write. */
  readonly state: 'open' | 'closed'
  readonly attributes: Attributes
  readonly total: Capacity
  readonly free: Capacity
  /** The seq of the newest lease that the owner has granted; 0 before the first. An owner that started from an old image learns from it what it lacks. */
  readonly granted: number
  /** What is leased, those that end first before others; at most {@link offeredLeasesMax}. The rest counts as taken for ever. */
  readonly leases: readonly OfferedLease[]
}

/** What a matcher is told of a lease: who has it, and when it may end. */
export interface OfferedLease {
  readonly requester: PeerId
  readonly allocation: Allocation
  /** How long it is still to last, in ms, by the requester's estimate; absent where there is none. */
  readonly leftMs?: number
}

/** The most leases that an offer tells of. */
export const offeredLeasesMax = 64
const dayMs = 86_400_000

/** The longest time that any document may ask to be kept, in ms: thirty days. */
export const ttlMsMax = 30 * dayMs

/** A count that only grows. */
export const counterSchema = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
/** How long something lasts, in ms. */
export const durationSchema = Type.Integer({ minimum: 1, maximum: 365 * dayMs })
/** A peer id as text. */
export const peerSchema = Type.Unsafe<PeerId>(Type.String({ minLength: 1, maxLength: 128 }))
/** The id of a network. */
export const networkSchema = Type.String({ minLength: 1, maxLength: 64 })

/** What an offer is. */
export const offerInit: DocumentInit<Offer> = {
  kind: 'offer',
  validator: validator(
    Type.Object(
      {
        network: networkSchema,
        owner: peerSchema,
        epoch: counterSchema,
        seq: counterSchema,
        ttlMs: Type.Integer({ minimum: 1, maximum: ttlMsMax }),
        state: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
        attributes: attributesSchema,
        total: capacitySchema,
        free: capacitySchema,
        granted: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        leases: Type.Array(
          Type.Object(
            {
              requester: peerSchema,
              allocation: allocationSchema,
              leftMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 * dayMs }))
            },
            { additionalProperties: false }
          ),
          { maxItems: offeredLeasesMax }
        )
      },
      { additionalProperties: false }
    )
  ),
  writerOf: ({ owner }) => owner
}

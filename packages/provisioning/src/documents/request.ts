import { type PeerId, validator } from '@cloudpeer/core'
import { type Amounts, expressionBytesMax } from '@cloudpeer/model'
import { Type } from 'typebox'
import { amountsSchema } from './amounts.ts'
import { counterSchema, durationSchema, networkSchema, peerSchema, ttlMsMax } from './offer.ts'
import type { DocumentInit } from './signed-document.ts'

/** What somebody wants, as the requester signed it. It is known by (requester, id); copies order by (epoch, seq). */
export interface CapacityRequest {
  readonly network: string
  readonly requester: PeerId
  /** 16 hexadecimal digits, chosen at random by the requester. */
  readonly id: string
  readonly epoch: number
  /** Grows with each change: of the expression, when it is relaxed. */
  readonly seq: number
  /** How long a matcher keeps it without hearing from the requester, in ms on the matcher's own clock. */
  readonly ttlMs: number
  /** What the owner's attributes must satisfy. */
  readonly expression: string
  /** What each unit is to have. */
  readonly amounts: Amounts
  /** How many leases, the units 0 to count - 1, each from any owner. */
  readonly count: number
  /** Whether all units are wanted or none. */
  readonly gang: boolean
  /** Higher goes first. */
  readonly priority: number
  /** How long each lease is wanted, in ms; for ever if it is absent. */
  readonly durationMs?: number
}

/** The most units of a request. */
export const countMax = 256
/** The highest priority; 0 is the lowest. */
export const priorityMax = 9
/** Characters of a request's id. */
export const requestIdLength = 16

/** The id of a request. */
export const requestIdSchema = Type.String({ pattern: `^[0-9a-f]{${requestIdLength}}$` })

/** What a request is. */
export const requestInit: DocumentInit<CapacityRequest> = {
  kind: 'request',
  validator: validator(
    Type.Object(
      {
        network: networkSchema,
        requester: peerSchema,
        id: requestIdSchema,
        epoch: counterSchema,
        seq: counterSchema,
        ttlMs: Type.Integer({ minimum: 1, maximum: ttlMsMax }),
        expression: Type.String({ minLength: 1, maxLength: expressionBytesMax }),
        amounts: amountsSchema,
        count: Type.Integer({ minimum: 1, maximum: countMax }),
        gang: Type.Boolean(),
        priority: Type.Integer({ minimum: 0, maximum: priorityMax }),
        durationMs: Type.Optional(durationSchema)
      },
      { additionalProperties: false }
    )
  ),
  writerOf: ({ requester }) => requester
}

import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { capacitySchema } from '../documents/amounts.ts'
import { fenceSchema } from '../documents/lease.ts'
import { counterSchema } from '../documents/offer.ts'
import { countMax } from '../documents/request.ts'
import { documentBytesMax, signedSchema } from '../documents/signed-document.ts'

const closed = { additionalProperties: false }
const unitsSchema = Type.Array(Type.Integer({ minimum: 0, maximum: countMax - 1 }), { maxItems: countMax })
const waitedSchema = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const rate = { perSecond: 2_000, burst: 4_000 }

/**
 * A matcher proposes units of a request to an owner. The owner holds what it has room for, durably, tells the requester by `grant/1`, and
 * answers which units it holds; what it has free now goes along, so that a matcher that was wrong knows better.
 */
export const proposeProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/propose/1',
  request: Type.Object(
    {
      request: signedSchema,
      units: Type.Array(Type.Integer({ minimum: 0, maximum: countMax - 1 }), { minItems: 1, maxItems: countMax }),
      /** How long the request has waited, in ms: older gangs may take what a younger gang only holds. */
      waitedMs: waitedSchema
    },
    closed
  ),
  reply: Type.Object(
    {
      /** The units that the owner holds, or held already, for this request. */
      granted: unitsSchema,
      /** What is free after that. */
      free: capacitySchema,
      /** The version of the owner's offer to which `free` belongs. */
      epoch: counterSchema,
      seq: counterSchema,
      state: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
      /** For how long the owner holds nothing for this requester, which let holds pass, in ms; absent for most. */
      pauseMs: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
    },
    closed
  ),
  requestBytesMax: documentBytesMax + 4 * 1024,
  replyBytesMax: 16 * 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_500
})

/** An owner tells a requester what it holds for it. The requester answers which fences it does not want: they are free at once. */
export const grantProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/grant/1',
  request: Type.Object({ leases: Type.Array(signedSchema, { minItems: 1, maxItems: countMax }) }, closed),
  reply: Type.Object({ unwanted: Type.Array(fenceSchema, { maxItems: countMax }) }, closed),
  requestBytesMax: 512 * 1024,
  replyBytesMax: 32 * 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_000
})

const fencesRequest = Type.Object({ fences: Type.Array(fenceSchema, { minItems: 1, maxItems: countMax }) }, closed)
/** By the place of the fence: the lease as it is now, or the code of the error. */
const outcomeSchema = Type.Union([signedSchema, Type.String({ minLength: 1, maxLength: 64 })])
const outcomesReply = Type.Object({ outcomes: Type.Array(outcomeSchema, { maxItems: countMax }) }, closed)

/**
 * A requester takes what it was granted. Only whom a lease belongs to may: the owner looks at who asks. Errors, one by one: LEASE_UNKNOWN,
 * LEASE_LATE, LEASE_OF_ANOTHER, LEDGER_READ_ONLY. Confirming what is active already changes nothing.
 */
export const confirmProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/confirm/1',
  request: fencesRequest,
  reply: outcomesReply,
  requestBytesMax: 32 * 1024,
  replyBytesMax: 512 * 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_000
})

/** A requester prolongs its active leases to a full ttl from now. Errors, one by one, as in `confirm/1`, LEASE_OVERRUN and LEASE_RECALLED. */
export const renewProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/renew/1',
  request: fencesRequest,
  reply: outcomesReply,
  requestBytesMax: 32 * 1024,
  replyBytesMax: 512 * 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_000
})

/** A requester gives leases back. What has ended already is no error: releasing twice, or late, changes nothing. Errors: LEASE_OF_ANOTHER. */
export const releaseProtocol = defineProtocol({
  id: '/cloudpeer/provisioning/release/1',
  request: fencesRequest,
  reply: Type.Object({ outcomes: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: countMax }) }, closed),
  requestBytesMax: 32 * 1024,
  replyBytesMax: 32 * 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_000
})

/** What an owner tells a requester of its leases; the reply only says that it has arrived. */
const notice = {
  request: fencesRequest,
  reply: Type.Object({}, closed),
  requestBytesMax: 32 * 1024,
  replyBytesMax: 1024,
  rate,
  lane: 'control',
  timeoutMs: 2_000
} as const

/**
 * An owner calls leases back: they last to their end, and are not renewed (LEASE_RECALLED), so that their requester can look for others meanwhile.
 * Who does not know this protocol learns it at the next renewal.
 */
export const recallProtocol = defineProtocol({ id: '/cloudpeer/provisioning/recall/1', ...notice })

/** An owner tells a requester of leases that have ended though it did not give them back: taken by an older gang, or expired. */
export const revokeProtocol = defineProtocol({ id: '/cloudpeer/provisioning/revoke/1', ...notice })

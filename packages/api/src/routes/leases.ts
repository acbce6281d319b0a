import { type Static, Type } from 'typebox'
import { leaseIdLengthMax, pageLimitMax, signedLengthMax } from '../limits.ts'
import { defineRoute, type Immutable } from '../route.ts'
import { allocationSchema } from './amounts.ts'

const count = Type.Integer({ minimum: 0 })
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: leaseIdLengthMax }) })
const side = Type.Union([Type.Literal('requester'), Type.Literal('owner')], {
  description: 'whether this node has the lease, or granted it'
})

const id = Type.String({ description: '<owner>.<epoch>.<seq>' })

const leaseSchema = Type.Object({
  network: Type.String(),
  owner: Type.String({ description: 'peer id' }),
  requester: Type.String({ description: 'peer id' }),
  request: Type.String({ description: 'the id of the request, and which of its units this is' }),
  unit: count,
  allocation: allocationSchema,
  fence: Type.Object({ epoch: count, seq: count }, { description: 'later leases of an owner have higher ones, by epoch and then seq' }),
  state: Type.Union([Type.Literal('held'), Type.Literal('active')]),
  ttlMs: Type.Number({ description: 'how long it lasts unless it is renewed, from when its owner signed it' }),
  signedAt: Type.Number({ description: 'ms since 1970, by the clock of the owner' })
})

const base64 = Type.String({ minLength: 1, maxLength: signedLengthMax, pattern: '^[A-Za-z0-9+/]+={0,2}$' })
const signedSchema = Type.Object(
  { bytes: base64, signature: base64 },
  { description: 'what the owner signed, and its signature, in base64: anybody can check it by the peer id of the owner' }
)

/** A lease as one of its two sides sees it. */
export const leaseReportSchema = Type.Object({
  id,
  side,
  state: Type.Union([Type.Literal('held'), Type.Literal('unverified'), Type.Literal('active'), Type.Literal('recalled')], {
    description:
      'held: its owner waits for the confirmation; unverified: its owner has not spoken since this node started again; active; recalled: its owner ends it, so that it is not renewed'
  }),
  recalledMs: Type.Optional(Type.Number({ description: 'how long ago its owner called it back, as far as this side knows' })),
  lease: leaseSchema,
  leftMs: Type.Number({ description: 'how long it lasts from now unless it is renewed' }),
  signed: signedSchema
})

/** See {@link leaseReportSchema}. */
export type LeaseReport = Immutable<Static<typeof leaseReportSchema>>

/** `GET /v1/leases`. */
export const leasesRoute = defineRoute({
  name: 'leases',
  method: 'GET',
  path: '/v1/leases',
  summary: 'The leases that this node has, and those that it granted, a page at a time.',
  body: Type.Object({
    side: Type.Optional(side),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: pageLimitMax, default: pageLimitMax })),
    after: Type.Optional(Type.String({ maxLength: leaseIdLengthMax }))
  }),
  reply: Type.Object({
    leases: Type.Array(leaseReportSchema),
    next: Type.Optional(Type.String({ description: 'more follow: ask again with `after` set to this' }))
  })
})

/** `GET /v1/leases/:id`. */
export const leaseRoute = defineRoute({
  name: 'lease',
  method: 'GET',
  path: '/v1/leases/:id',
  summary: 'A lease that this node has or granted; where it did both, as it has it.',
  params,
  reply: leaseReportSchema,
  errors: ['LEASE_UNKNOWN']
})

/** `POST /v1/leases/:id/renew`. */
export const renewLeaseRoute = defineRoute({
  name: 'renewLease',
  method: 'POST',
  path: '/v1/leases/:id/renew',
  summary: 'Asks the owner of a lease that this node has to prolong it now; the node does so by itself while it runs.',
  params,
  reply: leaseReportSchema,
  errors: ['LEASE_UNKNOWN', 'LEASE_HELD', 'LEASE_OVERRUN', 'LEASE_RECALLED', 'LEDGER_READ_ONLY', 'TIMED_OUT']
})

/** `POST /v1/leases/:id/release`. */
export const releaseLeaseRoute = defineRoute({
  name: 'releaseLease',
  method: 'POST',
  path: '/v1/leases/:id/release',
  summary: 'Gives a lease that this node has back; its unit of the request is done.',
  params,
  reply: Type.Object({ released: Type.Boolean() }),
  errors: ['LEASE_UNKNOWN', 'STORE_FULL']
})

/** `POST /v1/leases/:id/end`. */
export const endLeaseRoute = defineRoute({
  name: 'endLease',
  method: 'POST',
  path: '/v1/leases/:id/end',
  summary: 'Calls back a lease that this node granted: it is not renewed any more, and its requester looks for another until it ends.',
  params,
  reply: Type.Object({
    leftMs: Type.Number({ minimum: 0, description: 'when it ends at the latest, in ms from now; 0 if it was only held' })
  }),
  errors: ['LEASE_UNKNOWN', 'NOT_OWNER', 'LEDGER_READ_ONLY']
})

const checkedLeaseSchema = Type.Object({ id, lease: leaseSchema })

/** A lease that its owner signed, whoever has it. */
export type CheckedLease = Immutable<Static<typeof checkedLeaseSchema>>

/** `POST /v1/leases/check`. */
export const checkLeaseRoute = defineRoute({
  name: 'checkLease',
  method: 'POST',
  path: '/v1/leases/check',
  summary: 'Checks that a lease of whatever network was signed by its owner; not whether it still lasts.',
  body: Type.Object({ signed: signedSchema }),
  reply: checkedLeaseSchema,
  errors: ['DOCUMENT_FORGED']
})

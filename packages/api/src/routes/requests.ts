import { givenAmountsSchema } from '@cloudpeer/model'
import { type Static, Type } from 'typebox'
import {
  durationMsMax,
  idempotencyKeyLengthMax,
  pageLimitMax,
  requestIdLengthMax,
  requestPriorityMax,
  requestUnitsMax,
  requestWaitMsMax
} from '../limits.ts'
import { defineRoute, type Immutable } from '../route.ts'
import { requestAmountsSchema } from './amounts.ts'

const count = Type.Integer({ minimum: 0 })
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: requestIdLengthMax }) })

/** A request for capacity of this node, and how far it is. */
export const requestReportSchema = Type.Object({
  id: Type.String(),
  state: Type.String({
    description:
      'waiting; scale-out-asked: no known owner could ever fit, and the infrastructure was told; relaxed: it waits with fewer terms; granted; verifying: it was granted before the node started again, and the owners of its leases are asked; ended; cancelled; expired'
  }),
  expression: Type.String(),
  relaxedTo: Type.Optional(Type.String({ description: 'the expression as it is now, where terms were dropped' })),
  amounts: requestAmountsSchema,
  count,
  gang: Type.Boolean(),
  priority: count,
  deadlineMs: Type.Optional(Type.Number()),
  durationMs: Type.Optional(Type.Number()),
  idempotencyKey: Type.Optional(Type.String({ description: 'the key that it was sent with' })),
  createdAt: Type.Number({ description: 'ms since 1970, by the clock of the machine' }),
  waitedMs: Type.Number({ minimum: 0 }),
  units: Type.Array(
    Type.Object({
      unit: count,
      state: Type.String({
        description:
          'wanted; held: its owner waits for the confirmation; unverified: it was active before the node started again; active; recalled: its owner ends the lease, and another is wanted; done'
      }),
      lease: Type.Optional(Type.String({ description: 'the id of its lease' }))
    })
  ),
  cells: Type.Array(Type.String(), { description: 'where it waits for offers' }),
  acknowledged: Type.Integer({ minimum: 0, description: 'matchers that have it' }),
  refused: Type.Optional(
    Type.String({ description: 'why no matcher has it, as the code of an error: it is submitted again every few seconds' })
  )
})

/** See {@link requestReportSchema}. */
export type RequestReport = Immutable<Static<typeof requestReportSchema>>

/** Why a request waits: counts of owners. */
export const waitingReportSchema = Type.Object({
  owners: Type.Integer({ minimum: 0, description: 'that offer capacity' }),
  asked: Type.Integer({ minimum: 0, description: 'matchers that were asked' }),
  answered: Type.Integer({ minimum: 0, description: 'matchers that answered; fewer than asked means that counts are too low' }),
  matching: Type.Integer({ minimum: 0, description: 'owners that satisfy the expression' }),
  couldEver: Type.Integer({ minimum: 0, description: 'of these, owners that are large enough' }),
  fitNow: Type.Integer({ minimum: 0, description: 'of these, owners that have enough free now' }),
  pausing: Type.Integer({ minimum: 0, description: 'of these, owners that hold nothing for this node for a while: it let holds pass' }),
  terms: Type.Array(
    Type.Object({
      term: Type.String({ description: 'of the expression, or an amount' }),
      owners: Type.Integer({ minimum: 0, description: 'that satisfy it' }),
      fitWithout: Type.Integer({ minimum: 0, description: 'that would fit now if it were dropped' })
    })
  ),
  excludesMost: Type.Optional(Type.String({ description: 'the term without which most owners would fit now' }))
})

/** See {@link waitingReportSchema}. */
export type WaitingReport = Immutable<Static<typeof waitingReportSchema>>

const createdRequestSchema = Type.Object({
  ...requestReportSchema.properties,
  repeated: Type.Optional(Type.Boolean({ description: 'whether it was there already: it was sent before with this key' }))
})

/** A request as it was created, or as it is if it was sent again. */
export type CreatedRequest = Immutable<Static<typeof createdRequestSchema>>

/** `POST /v1/requests`. */
export const createRequestRoute = defineRoute({
  name: 'createRequest',
  method: 'POST',
  path: '/v1/requests',
  summary:
    'Asks for capacity, durably: the request waits where it will meet what fits, and its leases are taken and renewed. Sent again with the same key it is the same request.',
  headers: Type.Object({
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: idempotencyKeyLengthMax,
        pattern: '^[ -~]*$',
        description: 'chosen by the caller, another for each request; it lasts as long as the request is remembered'
      })
    )
  }),
  body: Type.Object({
    expression: Type.String({ description: 'what attributes of the owner must satisfy, in the query language; true for any' }),
    amounts: givenAmountsSchema,
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: requestUnitsMax, description: 'how many leases, each from any owner' })),
    gang: Type.Optional(Type.Boolean({ description: 'whether all are wanted or none' })),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: requestPriorityMax, description: 'higher goes first; 4 if left out' })),
    deadlineMs: Type.Optional(Type.Integer({ minimum: 1, maximum: durationMsMax, description: 'how long it may wait' })),
    durationMs: Type.Optional(Type.Integer({ minimum: 1, maximum: durationMsMax, description: 'how long each lease is wanted' })),
    mayRelax: Type.Optional(Type.Boolean({ description: 'whether terms may be dropped when no known owner could ever fit' }))
  }),
  reply: createdRequestSchema,
  errors: [
    'QUERY_SYNTAX',
    'QUERY_TYPE',
    'QUERY_UNKNOWN_ATTRIBUTE',
    'QUERY_UNSUPPORTED',
    'QUERY_TOO_COMPLEX',
    'IDEMPOTENCY_KEY_REUSED',
    'REQUESTS_FULL',
    'STORE_FULL'
  ]
})

/** `GET /v1/requests`. */
export const ownRequestsRoute = defineRoute({
  name: 'ownRequests',
  method: 'GET',
  path: '/v1/requests',
  summary: 'The requests of this node, newest first, a page at a time; those that have ended are remembered for an hour.',
  body: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: pageLimitMax, default: pageLimitMax })),
    after: Type.Optional(Type.String({ maxLength: requestIdLengthMax }))
  }),
  reply: Type.Object({
    requests: Type.Array(requestReportSchema),
    next: Type.Optional(Type.String({ description: 'more follow: ask again with `after` set to this' }))
  })
})

/** `GET /v1/requests/:id`. */
export const requestRoute = defineRoute({
  name: 'request',
  method: 'GET',
  path: '/v1/requests/:id',
  summary: 'A request of this node; with waitMs when it no longer waits, or when that time is over.',
  params,
  body: Type.Object({ waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: requestWaitMsMax })) }),
  reply: requestReportSchema,
  errors: ['REQUEST_UNKNOWN']
})

/** `GET /v1/requests/:id/why`. */
export const explainRequestRoute = defineRoute({
  name: 'explainRequest',
  method: 'GET',
  path: '/v1/requests/:id/why',
  summary: 'Why a request waits: how many of the known owners fit which term, and what would fit without it.',
  params,
  reply: waitingReportSchema,
  errors: ['REQUEST_UNKNOWN']
})

/** `DELETE /v1/requests/:id`. */
export const cancelRequestRoute = defineRoute({
  name: 'cancelRequest',
  method: 'DELETE',
  path: '/v1/requests/:id',
  summary: 'Withdraws a request and releases its leases.',
  params,
  reply: requestReportSchema,
  errors: ['REQUEST_UNKNOWN', 'REQUEST_ENDED', 'STORE_FULL']
})

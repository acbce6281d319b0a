import { givenCapacitySchema } from '@cloudpeer/model'
import { type Static, type TInteger, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'
import { capacitySchema } from './amounts.ts'
import { attributesSchema } from './attributes.ts'

/** What the node that answers offers, and what of it is taken. */
export const capacityReportSchema = Type.Object({
  state: Type.String({
    description:
      'idle: nothing was ever offered; open; draining: nothing is granted by the wish of the operator; quarantined: leases of before this start may last; read-only: the ledger could not be written'
  }),
  total: capacitySchema,
  free: capacitySchema,
  attributes: attributesSchema,
  held: leases('that wait for the confirmation of their requesters'),
  active: leases('that are confirmed, and not called back'),
  recalled: leases('that are called back: they last to their end, or until their requesters give them back'),
  ending: leases('whose work is being stopped'),
  quarantineMs: Type.Number({ minimum: 0, description: 'how long the quarantine still lasts; 0 without one' }),
  cell: Type.String({ description: 'where requests meet this offer' })
})

function leases(which: string): TInteger {
  return Type.Integer({ minimum: 0, description: `leases ${which}` })
}

/** See {@link capacityReportSchema}. */
export type CapacityReport = Immutable<Static<typeof capacityReportSchema>>

/** `GET /v1/capacity`. */
export const capacityRoute = defineRoute({
  name: 'capacity',
  method: 'GET',
  path: '/v1/capacity',
  summary: 'What this node offers, and what of it is leased.',
  reply: capacityReportSchema
})

/** `PUT /v1/capacity`. */
export const setCapacityRoute = defineRoute({
  name: 'setCapacity',
  method: 'PUT',
  path: '/v1/capacity',
  summary: 'Offers this capacity from now on; CAPACITY_IN_USE where more is leased than would be left.',
  body: Type.Object({
    total: givenCapacitySchema,
    attributes: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'by which requests find the node; as they are where left out' })
    )
  }),
  reply: capacityReportSchema,
  errors: ['CAPACITY_IN_USE', 'LEDGER_READ_ONLY', 'STORE_FULL']
})

/** `POST /v1/capacity/drain`. */
export const drainCapacityRoute = defineRoute({
  name: 'drainCapacity',
  method: 'POST',
  path: '/v1/capacity/drain',
  summary: 'Grants nothing any more, also after a restart; leases go on, or are called back.',
  body: Type.Object({
    endLeases: Type.Optional(Type.Boolean({ description: 'calls all leases back that this node granted: they end soon' }))
  }),
  reply: capacityReportSchema,
  errors: ['NO_CAPACITY', 'LEDGER_READ_ONLY', 'STORE_FULL']
})

/** `POST /v1/capacity/undrain`. */
export const undrainCapacityRoute = defineRoute({
  name: 'undrainCapacity',
  method: 'POST',
  path: '/v1/capacity/undrain',
  summary: 'Grants again.',
  reply: capacityReportSchema,
  errors: ['NO_CAPACITY', 'LEDGER_READ_ONLY', 'STORE_FULL']
})

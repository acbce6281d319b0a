import { nameSchema } from '@cloudpeer/model'
import { type Static, Type } from 'typebox'
import { ownServicesLimitMax, servicesPerRequestMax } from '../limits.ts'
import { defineRoute, type Immutable } from '../route.ts'
import { attributesSchema } from './attributes.ts'

const count = Type.Integer({ minimum: 0 })

/** How far a registration has come: a reply means that a majority of the replicas of each of its shards has it. */
const replication = {
  seq: Type.Integer({ minimum: 0, description: 'version of the record within the epoch of its owner' }),
  acknowledged: Type.Integer({ minimum: 0, description: 'replicas that have stored it' }),
  replicas: Type.Integer({ minimum: 0, description: 'replicas that it goes to' })
}

const serviceParams = Type.Object({ name: nameSchema })

/** A service as anyone finds it. */
export const matchSchema = Type.Object({
  name: Type.String(),
  owner: Type.String({ description: 'peer id; a name is unique per owner' }),
  attributes: attributesSchema,
  endpoints: Type.Array(Type.String())
})

/** See {@link matchSchema}. */
export type Match = Immutable<Static<typeof matchSchema>>

/** A service that the node which answers has registered itself. */
export const ownServiceSchema = Type.Object({
  name: Type.String(),
  attributes: attributesSchema,
  endpoints: Type.Array(Type.String()),
  epoch: count,
  ...replication
})

/** See {@link ownServiceSchema}. */
export type OwnService = Immutable<Static<typeof ownServiceSchema>>

/** What became of one registration. */
export const registrationSchema = Type.Object({ name: Type.String(), ...replication })

/** See {@link registrationSchema}. */
export type Registration = Immutable<Static<typeof registrationSchema>>

/** `POST /v1/services`. */
export const registerServicesRoute = defineRoute({
  name: 'registerServices',
  method: 'POST',
  path: '/v1/services',
  summary: 'Registers services of this node, or replaces those of the same name; all of them or, if one is invalid, none.',
  body: Type.Object({
    services: Type.Array(Type.Unknown(), { maxItems: servicesPerRequestMax, description: 'descriptions {name, attributes, endpoints}' })
  }),
  reply: Type.Object({ results: Type.Array(registrationSchema, { description: 'in the order of the request' }) }),
  errors: ['STORE_FULL', 'TIMED_OUT']
})

/** `GET /v1/services`. */
export const ownServicesRoute = defineRoute({
  name: 'ownServices',
  method: 'GET',
  path: '/v1/services',
  summary: 'The services that this node has registered, by name, a page at a time.',
  body: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ownServicesLimitMax, default: ownServicesLimitMax })),
    after: Type.Optional(nameSchema)
  }),
  reply: Type.Object({
    services: Type.Array(ownServiceSchema),
    next: Type.Optional(Type.String({ description: 'more follow: ask again with `after` set to this' }))
  })
})

/** `GET /v1/services/:name`. */
export const findServiceRoute = defineRoute({
  name: 'findService',
  method: 'GET',
  path: '/v1/services/:name',
  summary: 'The services of one name in the whole network, one per owner; NOT_FOUND where a complete answer has none.',
  params: serviceParams,
  reply: Type.Object({
    matches: Type.Array(matchSchema),
    partial: Type.Boolean({ description: 'whether some shards could not be asked' }),
    missing: Type.Array(Type.String(), { description: 'the shards that could not be asked' })
  }),
  errors: ['NOT_FOUND']
})

/** `DELETE /v1/services/:name`. */
export const removeServiceRoute = defineRoute({
  name: 'removeService',
  method: 'DELETE',
  path: '/v1/services/:name',
  summary: 'Removes a service of this node; NOT_FOUND if this node has registered none of that name.',
  params: serviceParams,
  reply: Type.Object({ removed: Type.Boolean() }),
  errors: ['NOT_FOUND']
})

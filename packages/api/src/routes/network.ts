import { type Static, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'

/** The network that a node belongs to, and the schema that its founder prescribes. */
export const networkSchema = Type.Object({
  id: Type.String({ description: '32 hexadecimal digits' }),
  name: Type.String(),
  founder: Type.String({ description: 'peer id' }),
  schemaVersion: Type.Integer({ minimum: 0 }),
  schema: Type.Unknown({ description: 'attribute definitions' })
})

/** See {@link networkSchema}. */
export type Network = Immutable<Static<typeof networkSchema>>

/** `GET /v1/network`. */
export const networkRoute = defineRoute({
  name: 'network',
  method: 'GET',
  path: '/v1/network',
  summary: 'The network: id, founder and attribute schema.',
  reply: networkSchema
})

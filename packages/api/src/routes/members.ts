import { type Static, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'

/** One row of a node's member directory. */
export const memberSchema = Type.Object({
  peerId: Type.String(),
  state: Type.Union([Type.Literal('ALIVE'), Type.Literal('DRAINING'), Type.Literal('SUSPECT'), Type.Literal('AWAY'), Type.Literal('GONE')]),
  epoch: Type.Integer({ minimum: 0, description: 'how often the member has been started' }),
  incarnation: Type.Integer({ minimum: 0, description: 'grows whenever the member speaks anew of itself' }),
  addresses: Type.Array(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
  self: Type.Boolean({ description: 'whether this is the node that answers' })
})

/** See {@link memberSchema}. */
export type Member = Immutable<Static<typeof memberSchema>>

/** `GET /v1/members`. */
export const membersRoute = defineRoute({
  name: 'members',
  method: 'GET',
  path: '/v1/members',
  summary: 'The member directory of the node that answers, by peer id.',
  reply: Type.Object({ members: Type.Array(memberSchema) })
})

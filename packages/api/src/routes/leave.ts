import { type Static, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'

/** What came of a leave. */
export const leaveSchema = Type.Object({
  complete: Type.Boolean({ description: 'whether the nodes that take over have everything that this one held' }),
  waiting: Type.Array(Type.String(), { description: 'the shards that were not handed over when time was up, or for which there is nobody' })
})

/** See {@link leaveSchema}. */
export type LeaveReport = Immutable<Static<typeof leaveSchema>>

/** `POST /v1/leave`. */
export const leaveRoute = defineRoute({
  name: 'leave',
  method: 'POST',
  path: '/v1/leave',
  summary: 'Hands over what the node holds, for 10 s at most, and ends it: it is erased from the network with its services.',
  reply: leaveSchema
})

import { type Static, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'

const count = Type.Integer({ minimum: 0 })

/** Something that is wrong until somebody has done something, or time has passed. */
const standingProblemSchema = Type.Object({
  code: Type.String({ description: 'as of an error; at most one of each' }),
  problem: Type.String({ description: 'one sentence for people' }),
  remedy: Type.String({ description: 'what to do' }),
  since: Type.Number({ description: 'ms since 1970, by the clock of the machine' })
})

/** See {@link statusSchema}. */
export type StandingProblem = Immutable<Static<typeof standingProblemSchema>>

/** What one node says of itself. */
export const statusSchema = Type.Object({
  networkId: Type.String(),
  networkName: Type.String(),
  peerId: Type.String(),
  pid: Type.Integer({ description: 'process id on its machine' }),
  epoch: Type.Integer({ minimum: 0, description: 'how often this node has been started' }),
  version: Type.String({ description: 'version of the software' }),
  state: Type.String({ description: 'where the node is in its life: joining, joined, ...' }),
  founder: Type.Boolean({ description: 'whether this node founded the network' }),
  addresses: Type.Array(Type.String(), { description: 'multiaddrs by which others reach it' }),
  members: Type.Integer({ minimum: 0, description: 'members that are ALIVE, this node among them' }),
  services: Type.Object({ own: count }),
  shards: Type.Object({ held: count, ready: count, records: count, bytes: count }),
  provisioning: Type.Object({
    owner: Type.String({ description: 'what the node does with its own capacity: idle, open, draining, quarantined, read-only' }),
    requests: Type.Integer({ minimum: 0, description: 'open requests of this node' }),
    matcher: Type.Object({ cells: count, offers: count, waiting: count }, { description: 'what it keeps for others as a matcher' })
  }),
  routing: Type.Object({ crossChecked: count, disagreed: count }, { description: 'directory look-ups checked against kad-dht' }),
  uptimeMs: Type.Number({ minimum: 0 }),
  problems: Type.Array(standingProblemSchema, { description: 'what is wrong now; empty where nothing is' }),
  health: Type.String({ description: 'ok, or the problems in one line' })
})

/** See {@link statusSchema}. */
export type Status = Immutable<Static<typeof statusSchema>>

/** `GET /v1/status`. */
export const statusRoute = defineRoute({
  name: 'status',
  method: 'GET',
  path: '/v1/status',
  summary: 'The node that answers: identity, addresses, members, shards, and what is wrong with it.',
  reply: statusSchema
})

import { type Static, Type } from 'typebox'
import { defineRoute, type Immutable } from '../route.ts'

const count = Type.Integer({ minimum: 0 })

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
  health: Type.String({ description: 'ok, or what is wrong' })
})

/** See {@link statusSchema}. */
export type Status = Immutable<Static<typeof statusSchema>>

/** `GET /v1/status`. */
export const statusRoute = defineRoute({
  name: 'status',
  method: 'GET',
  path: '/v1/status',
  summary: 'The node that answers: identity, addresses, members, shards and health.',
  reply: statusSchema
})

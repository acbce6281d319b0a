import type { ApiHandlers, findServiceRoute, membersRoute, ReplyOf, Status } from '@cloudpeer/api'
import { type Clock, CloudError } from '@cloudpeer/core'
import { parseDescription, type Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import { queryLimitMax, type Registry } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import type { CallContext } from '../http/server.ts'
import { version } from './version.ts'
import type { WatchedStores } from './watched-stores.ts'

/** What the API's answers are made from. */
export interface HandlerParts {
  readonly epoch: number
  readonly clock: Clock
  readonly transport: Transport
  readonly overlay: Overlay
  readonly registry: Registry
  readonly schema: () => Schema
  readonly stores: WatchedStores
}

/** What this node answers to each route of the API. */
export function createHandlers(parts: HandlerParts): ApiHandlers<CallContext> {
  const { overlay, registry, schema } = parts
  const startedMs = parts.clock.now()
  return {
    status: () => statusOf(parts, startedMs),
    members: () => membersOf(overlay),
    network: () => {
      const { id, name, founder, schemaVersion } = overlay.network
      return { id, name, founder, schemaVersion, schema: overlay.network.schema }
    },
    registerServices: async ({ services }, { signal }) => {
      const descriptions = services.map((service, index) => parseDescription(service, schema(), `services[${index}]`))
      return { results: [...(await registry.register(descriptions, { signal }))] }
    },
    ownServices: () => ({ services: registry.own() }) as never,
    findService: async ({ name }, { signal }) => findService(registry, name, signal),
    removeService: async ({ name }, { signal }) => {
      if (!(await registry.remove(name, { signal }))) throw serviceNotFound(name)
      return { removed: true }
    },
    query: async (request, { signal }) => (await registry.query(request, { signal })) as never
  }
}

function statusOf({ epoch, clock, transport, overlay, registry, stores }: HandlerParts, startedMs: number): Status {
  const { own, shards } = registry.status()
  const { id, name, founder } = overlay.network
  return {
    networkId: id,
    networkName: name,
    peerId: overlay.self,
    pid: process.pid,
    epoch,
    version,
    state: overlay.state,
    founder: founder === overlay.self,
    addresses: [...transport.addresses()],
    members: overlay.members().filter(({ state }) => state === 'ALIVE').length,
    services: { own },
    shards,
    routing: overlay.routing,
    uptimeMs: clock.now() - startedMs,
    health: stores.full ? 'store full' : 'ok'
  }
}

function membersOf(overlay: Overlay): ReplyOf<typeof membersRoute> {
  const members = overlay.members().map(({ peer, state, epoch, incarnation, addresses, labels }) => {
    return { peerId: peer, state, epoch, incarnation, addresses: [...addresses], labels: { ...labels }, self: peer === overlay.self }
  })
  return { members }
}

async function findService(registry: Registry, name: string, signal: AbortSignal): Promise<ReplyOf<typeof findServiceRoute>> {
  const { matches, partial, missing } = await registry.query(
    { expression: `name == ${JSON.stringify(name)}`, limit: queryLimitMax },
    { signal }
  )
  if (matches.length === 0 && !partial) throw serviceNotFound(name)
  return { matches, partial, missing } as never
}

function serviceNotFound(name: string): CloudError {
  return new CloudError('NOT_FOUND', { kind: 'service', name })
}

import type { ApiHandlers, membersRoute, ReplyOf, Status } from '@cloudpeer/api'
import { type Clock, present } from '@cloudpeer/core'
import { parseDescription, type Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Provisioning } from '@cloudpeer/provisioning'
import type { Drained, Registry } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import type { CallContext } from '../http/server.ts'
import { findService, serviceNotFound } from './find-service.ts'
import { ownServicesPage } from './own-services-page.ts'
import type { ProblemWatch } from './problem-watch.ts'
import { createProvisioningHandlers } from './provisioning-handlers.ts'
import { version } from './version.ts'

/** What the API's answers are made from. */
export interface HandlerParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly overlay: Overlay
  readonly registry: Registry
  readonly provisioning: Provisioning
  readonly schema: () => Schema
  readonly problems: ProblemWatch
  /** Hands over what this node holds, and ends it for good. */
  readonly leave: () => Promise<Drained>
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
    ownServices: (request) => ownServicesPage(registry.own(), request) as never,
    findService: async ({ name }, { signal }) => findService(registry.query, name, { signal }),
    removeService: async ({ name }, { signal }) => {
      if (!(await registry.remove(name, { signal }))) throw serviceNotFound(name)
      return { removed: true }
    },
    query: async (request, { signal }) => (await registry.query(request, { signal })) as never,
    leave: async () => {
      const { complete, waiting } = await parts.leave()
      return { complete, waiting: [...waiting] }
    },
    ...createProvisioningHandlers(parts.provisioning, schema)
  }
}

function statusOf({ clock, transport, overlay, registry, provisioning, problems }: HandlerParts, startedMs: number): Status {
  const { own, shards } = registry.status()
  const wrong = problems.list()
  const { id, name, founder } = overlay.network
  return {
    networkId: id,
    networkName: name,
    peerId: overlay.self,
    pid: process.pid,
    epoch: present(overlay.member(overlay.self), 'this node').epoch,
    version,
    state: overlay.state,
    founder: founder === overlay.self,
    addresses: [...transport.addresses()],
    members: overlay.members().filter(({ state }) => state === 'ALIVE').length,
    services: { own },
    shards,
    provisioning: provisioning.status(),
    routing: overlay.routing,
    uptimeMs: clock.now() - startedMs,
    problems: [...wrong],
    health: wrong.map(({ problem }) => problem).join('; ') || 'ok'
  }
}

function membersOf(overlay: Overlay): ReplyOf<typeof membersRoute> {
  const members = overlay.members().map(({ peer, state: believed, draining, epoch, incarnation, addresses, labels }) => {
    const state = draining && believed === 'ALIVE' ? ('DRAINING' as const) : believed
    return { peerId: peer, state, epoch, incarnation, addresses: [...addresses], labels: { ...labels }, self: peer === overlay.self }
  })
  return { members }
}

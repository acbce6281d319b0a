import { type Clock, CloudError, present } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { Protocol, Transport } from '@cloudpeer/transport'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode } from '../cloud/simulated-cloud.ts'
import { type Capacity, NodeRates, unlimited } from '../papers/capacity.ts'
import type { Deployment, DiscoveryNetwork, Outcome, PaperService, QueryTerm, Scheme } from '../papers/scheme.ts'

/** The protocols by which a node works for others, and what a request of each is counted as. */
const writeId = '/cloudpeer/registry/write/1'
const readId = '/cloudpeer/registry/read/1'

/**
 * The registry that ships, held to the capacity of the papers' nodes: a copy of a record counts as an entry, or as all of
 * its service's pairs, as `counted` says, on disk and against the rate of registrations; a read counts as one query. What a node does for itself is free, as in the
 * other schemes. A node over its rate answers BUSY, which the registry takes as any other BUSY.
 */
export const cloudpeer: Scheme = {
  name: 'cloudpeer',
  title: 'Cloudpeer',
  about: "the registry that ships, each of its nodes with the same capacity as the other schemes'",
  deploy: (deployment) => deploy(deployment, deployment.capacity)
}

/** The registry that ships within nothing but its own bounds. */
export const cloudpeerAsShipped: Scheme = {
  name: 'cloudpeer-as-shipped',
  title: 'Cloudpeer, own bounds',
  about: 'the registry that ships, with no bounds but its own (200,000 records a node)',
  deploy: (deployment) => deploy(deployment, unlimited)
}

async function deploy(deployment: Deployment, capacity: Capacity): Promise<DiscoveryNetwork> {
  const { nodes, seed, oneWayMs, replicas, pairsPerCopy } = deployment
  const recordsMax = Math.max(1, Math.floor(capacity.pairsMax / pairsPerCopy))
  const cloud = createSimulatedCloud({
    seed,
    schema: schemaOf(deployment),
    latencyMs: () => oneWayMs,
    passes: 'values',
    registry: { replicas, ...(Number.isFinite(recordsMax) && { recordsMax }) },
    transport: (transport, clock) => withCapacity(transport, clock, capacity, pairsPerCopy)
  })
  await cloud.grow(nodes)
  const nodeAt = (node: number): SimulatedNode => present(cloud.nodes[node], `no node ${node}`)
  return {
    time: cloud.time,
    stop: () => cloud.stop(),
    get messages() {
      return messagesOf(cloud)
    },
    register: (node, service) => register(cloud, nodeAt(node), service),
    async query(node, terms) {
      const began = cloud.time.now
      const asked = nodeAt(node).registry.query({ expression: expressionOf(terms), limit: 1000 })
      const answer = await asked.catch(expectCloudError)
      if (answer === undefined) return { ok: false, latencyMs: cloud.time.now - began, found: [] }
      const { matches, partial, stats } = answer
      const found = matches.map(({ name }) => Number(name.slice(1))).sort((a, b) => a - b)
      return { ok: !partial, latencyMs: stats.latencyMs, found }
    }
  }
}

async function register({ time, schema }: SimulatedCloud, { registry }: SimulatedNode, { id, attributes }: PaperService): Promise<Outcome> {
  const began = time.now
  const named = Object.fromEntries(attributes.map(({ attribute, values }) => [attribute, values]))
  const registrations = await registry.register([parseDescription({ name: `s${id}`, attributes: named }, schema)]).catch(expectCloudError)
  return { ok: registrations !== undefined, latencyMs: time.now - began }
}

/** A failure of operation is an outcome here; anything else is a bug. */
function expectCloudError(error: unknown): undefined {
  if (!(error instanceof CloudError)) throw error
}

function schemaOf({ attributes, indexed }: Deployment): unknown {
  const definitions = attributes.map((attribute, rank) => [attribute, { type: 'string', indexed: rank < indexed }])
  return { version: 1, attributes: Object.fromEntries(definitions) }
}

function expressionOf(terms: readonly QueryTerm[]): string {
  return terms.map(({ attribute, value }) => `${attribute} == "${value}"`).join(' && ')
}

function messagesOf({ nodes }: SimulatedCloud): number {
  const sent = (protocol: string): number =>
    nodes.reduce((sum, { metrics }) => sum + metrics.sum('cloudpeer_transport_messages_total', { protocol, direction: 'sent' }), 0)
  return sent(writeId) + sent(readId)
}

/** The transport of a node that serves writes and reads within its capacity and answers BUSY beyond it. */
function withCapacity(transport: Transport, clock: Clock, capacity: Capacity, pairsPerCopy: number): Transport {
  const rates = new NodeRates(capacity)
  const serve = transport.serve.bind(transport)

  function takes({ id }: Protocol, body: unknown): boolean {
    if (id === readId) return rates.takeQuery(clock.now())
    if (id !== writeId) return true
    return rates.takeRegistrations((body as { readonly records: readonly unknown[] }).records.length * pairsPerCopy, clock.now())
  }

  return Object.assign(transport, {
    serve: ((protocol, handler) =>
      serve(protocol, (body, context) => {
        if (takes(protocol, body)) return handler(body, context)
        throw new CloudError('BUSY', { peer: transport.self, protocol: protocol.id, retryAfterMs: 1_000 })
      })) satisfies Transport['serve']
  })
}

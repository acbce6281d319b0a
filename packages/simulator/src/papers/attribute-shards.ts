import { present } from '@cloudpeer/core'
import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import { type Capacity, NodeRates } from './capacity.ts'
import { createChordNetwork } from './chord-network.ts'
import type { Keeper } from './chord-node.ts'
import type { Deployment, DiscoveryNetwork, PaperService, QueryTerm, Scheme, ServiceAttribute } from './scheme.ts'

/** What is asked of the node that keeps an attribute. */
type Body =
  | { readonly kind: 'register' | 'remove'; readonly id: number; readonly part: ServiceAttribute }
  | { readonly kind: 'query'; readonly term: QueryTerm }

interface Reply {
  readonly ok: boolean
  /** Services with the pair that was asked for. */
  readonly ids?: readonly number[]
}

/**
 * S1 as it is written (Zhygmanovskyi and Yoshida, sections 2.3 and 2.4): each attribute's pairs go to the Chord node
 * responsible for the attribute's name, a query is split by attribute, and its originator intersects what comes back.
 * A service of which one node refuses a pair is withdrawn from the others.
 */
export const attributeShards: Scheme = {
  name: 'attribute-shards',
  title: 'S1: attribute shards',
  about: "each attribute's pairs at one Chord node; a query is split by attribute and intersected (Zhygmanovskyi and Yoshida, 2013)",
  deploy
}

async function deploy(deployment: Deployment): Promise<DiscoveryNetwork> {
  const network = await createChordNetwork<Body, Reply>(deployment, (_, time) => createKeeper(deployment.capacity, time))
  const { time, nodes, stop } = network
  const askFrom = (node: number) => (key: string, body: Body) => present(nodes[node], `no node ${node}`).ask(key, body)

  return {
    time,
    stop,
    get messages() {
      return network.messages
    },
    async register(node, service) {
      const began = time.now
      const ask = askFrom(node)
      const parts = partsOf(service, deployment.hashed)
      const replies = await Promise.all(parts.map(({ key, part }) => ask(key, { kind: 'register', id: service.id, part })))
      const ok = replies.every((reply) => reply?.ok)
      const taken = ok ? [] : parts.filter((_, index) => replies[index]?.ok)
      await Promise.all(taken.map(({ key, part }) => ask(key, { kind: 'remove', id: service.id, part })))
      return { ok, latencyMs: time.now - began }
    },
    async query(node, terms) {
      const began = time.now
      const ask = askFrom(node)
      const replies = await Promise.all(terms.map((term) => ask(keyOf(term, deployment.hashed), { kind: 'query', term })))
      const ok = replies.every((reply) => reply?.ok)
      const sets = replies.map((reply) => new Set(reply?.ids))
      const found = ok ? [...(sets[0] ?? [])].filter((id) => sets.every((ids) => ids.has(id))) : []
      return { ok, latencyMs: time.now - began, found: found.sort((a, b) => a - b) }
    }
  }
}

/** What one node keeps for others: the services of each pair. */
function createKeeper(capacity: Capacity, time: VirtualTime): Keeper<Body, Reply> {
  const rates = new NodeRates(capacity)
  const pairs = new Map<string, Set<number>>()
  let stored = 0

  function register(id: number, { attribute, values }: ServiceAttribute): Reply {
    if (stored + values.length > capacity.pairsMax || !rates.takeRegistrations(values.length, time.now)) return { ok: false }
    for (const value of values) {
      const key = pairOf({ attribute, value })
      pairs.set(key, (pairs.get(key) ?? new Set()).add(id))
      stored++
    }
    return { ok: true }
  }

  function remove(id: number, { attribute, values }: ServiceAttribute): Reply {
    for (const value of values) if (pairs.get(pairOf({ attribute, value }))?.delete(id)) stored--
    return { ok: true }
  }

  return (body) => {
    if (body.kind === 'query')
      return rates.takeQuery(time.now) ? { ok: true, ids: [...(pairs.get(pairOf(body.term)) ?? [])] } : { ok: false }
    return body.kind === 'register' ? register(body.id, body.part) : remove(body.id, body.part)
  }
}

/** The parts of a service that go to different nodes, each with the key that says which. */
function partsOf({ attributes }: PaperService, hashed: Deployment['hashed']): { key: string; part: ServiceAttribute }[] {
  return attributes.flatMap(({ attribute, values }) =>
    hashed === 'attribute'
      ? [{ key: attribute, part: { attribute, values } }]
      : values.map((value) => ({ key: pairOf({ attribute, value }), part: { attribute, values: [value] } }))
  )
}

function keyOf(term: QueryTerm, hashed: Deployment['hashed']): string {
  return hashed === 'attribute' ? term.attribute : pairOf(term)
}

function pairOf({ attribute, value }: QueryTerm): string {
  return `${attribute}=${value}`
}

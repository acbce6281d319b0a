import { createMemoryMetrics, createScope, type PeerId, seededRandom, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { createCompiledQueries, type PlainAttributes, parseAmounts, parseAttributes, parseCapacity, type Schema } from '@cloudpeer/model'
import type { Member, MemberState } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import { createCellMatchers, createSpaces } from '../../src/cells/index.ts'
import { createDocuments } from '../../src/documents/documents.ts'
import type { Offer } from '../../src/documents/offer.ts'
import type { CapacityRequest } from '../../src/documents/request.ts'
import '../../src/errors.ts'
import { createMatcher, type Matcher, type MatcherParts } from '../../src/matcher/matcher.ts'
import { type ProvisioningOptions, provisioningDefaults } from '../../src/options.ts'
import { proposeProtocol } from '../../src/protocols/grant.ts'
import { type censusProtocol, offerProtocol, submitProtocol } from '../../src/protocols/match.ts'

type Submission = RequestOf<typeof submitProtocol>['requests'][number]

/** A node of the world: a machine with keys, which may be a matcher, and which answers proposals as it is told. */
export interface WorldNode {
  readonly peer: PeerId
  readonly transport: Transport
  readonly documents: ReturnType<typeof createDocuments>
  matcher?: Matcher
  /** What it was proposed. */
  readonly proposed: RequestOf<typeof proposeProtocol>[]
  /** What it answers; what it was asked for if nothing. */
  answer: (body: RequestOf<typeof proposeProtocol>) => ReplyOf<typeof proposeProtocol> | Promise<ReplyOf<typeof proposeProtocol>>
}

/** Nodes over a simulated network, with one directory that does as it is told. */
export interface World {
  readonly time: VirtualTime
  node(index: number): WorldNode
  /** Starts the matcher of a node. */
  startMatcher(index: number): Matcher
  /** What the directory says of a node, told to all matchers. */
  setState(index: number, state: MemberState, epoch?: number): void
  /** The matcher of a node hears that others went on without it. */
  returned(index: number): void
  offer(index: number, cpuMilli: number, change?: Partial<Offer> & { readonly plain?: PlainAttributes }): Offer
  /** Gives an offer to a matcher by itself. */
  give(from: number, to: number, offer: Offer): Promise<ReplyOf<typeof offerProtocol>>
  request(index: number, cpuMilli: number, change?: Partial<CapacityRequest>): CapacityRequest
  submit(
    from: number,
    to: number,
    requests: readonly [CapacityRequest, Partial<Submission>?][],
    withdrawn?: readonly string[],
    seq?: number
  ): Promise<ReplyOf<typeof submitProtocol>>
}

/** A world of `size` nodes of which the first are the servers, in this order the matchers of every cell. */
export async function createWorld(init: {
  readonly size: number
  readonly servers: number
  readonly schema?: Schema
  readonly options?: Partial<ProvisioningOptions>
}): Promise<World> {
  const { size, servers, schema = { version: 1, attributes: {} } } = init
  const options = { ...provisioningDefaults, ...init.options }
  const time = createVirtualTime(1_000_000)
  const random = seededRandom(1)
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => 10 })
  const verifier = createHashVerifier()
  const peers = Array.from({ length: size }, () => peerIdFromPublicKey(random.bytes(32)))
  const states = new Map<PeerId, MemberState>(peers.map((peer) => [peer, 'ALIVE']))
  const epochs = new Map<PeerId, number>()
  const peerAt = (index: number): PeerId => peers[index] as PeerId
  let serverList = peers.slice(0, servers)
  let serversVersion = 0
  let messages = 0
  const returns = new Map<PeerId, () => void>()

  function overlayOf(self: PeerId): MatcherParts['overlay'] {
    return {
      self,
      state: 'joined',
      member: (peer: PeerId) => ({ peer, state: states.get(peer) ?? 'ALIVE', epoch: epochs.get(peer) ?? 1 }) as Member,
      get serversVersion() {
        return serversVersion
      },
      responsible: (_key: string, k: number) => serverList.slice(0, k),
      onReturned: (listener: () => void) => {
        returns.set(self, listener)
        return { close: () => void returns.delete(self) }
      }
    } as unknown as MatcherParts['overlay']
  }

  async function createNode(peer: PeerId): Promise<WorldNode> {
    const ground = { clock: time.clock, random: seededRandom(2), log: silentLog, metrics: createMemoryMetrics() }
    const transport = network.join({ self: peer, networkId: 'n' })(ground)
    await transport.start()
    const documents = createDocuments({ network: 'n', signer: createHashSigner(peer), verifier })
    const node: WorldNode = {
      ...{ peer, transport, documents, proposed: [] },
      answer: ({ units }) => ({ granted: units, free: parseCapacity({}), epoch: 1, seq: 2, state: 'open' }) as never
    }
    transport.serve(proposeProtocol, (body) => {
      node.proposed.push(body)
      return node.answer(body)
    })
    return node
  }

  const nodes = await Promise.all(peers.map(createNode))
  for (const { transport } of nodes) for (const peer of peers) await transport.learn(peer, [network.addressOf(peer)])
  const node = (index: number): WorldNode => nodes[index] as WorldNode

  return {
    time,
    node,
    startMatcher(index) {
      const { transport, documents } = node(index)
      const ground = { clock: time.clock, random: seededRandom(index), log: silentLog, metrics: createMemoryMetrics() }
      const of = (): Schema => schema
      const parts = { ...ground, network: 'n', schema: of, space: createSpaces(of), transport, documents, options }
      const overlay = overlayOf(peerAt(index))
      const matcher = createMatcher({
        ...parts,
        overlay,
        cellMatchers: createCellMatchers('n', overlay, options.matchers),
        queries: createCompiledQueries(of),
        scope: createScope(ground),
        heardOwn: () => {}
      })
      node(index).matcher = matcher
      matcher.start()
      return matcher
    },
    setState(index, state, epoch = 1) {
      states.set(peerAt(index), state)
      epochs.set(peerAt(index), epoch)
      serverList = peers.slice(0, servers).filter((peer) => states.get(peer) === 'ALIVE')
      serversVersion++
      for (const { matcher } of nodes) matcher?.review()
    },
    returned: (index) => returns.get(peerAt(index))?.(),
    offer(index, cpuMilli, { plain = {}, ...change } = {}) {
      const total = parseCapacity({ cpuMilli })
      const attributes = parseAttributes(plain, schema)
      const counters = { epoch: 1, seq: 1, ttlMs: options.offerTtlMs }
      return {
        network: 'n',
        owner: peerAt(index),
        ...counters,
        state: 'open',
        granted: 0,
        attributes,
        total,
        free: total,
        leases: [],
        ...change
      } as Offer
    },
    give: (from, to, offer) =>
      time.settle(node(from).transport.request(peerAt(to), offerProtocol, { offer: node(from).documents.offers.seal(offer).signed })),
    request: (index, cpuMilli, change = {}) => ({
      ...{ network: 'n', requester: peerAt(index), id: '0123456789abcdef', epoch: 1, seq: 1, ttlMs: options.requestTtlMs },
      ...{ expression: 'true', amounts: parseAmounts({ cpuMilli }), count: 1, gang: false, priority: 4 },
      ...change
    }),
    submit(from, to, requests, withdrawn = [], seq = ++messages) {
      const submissions = requests.map(([request, more = {}]) => ({
        ...{ request: node(from).documents.requests.seal(request).signed, wanted: [0], waitedMs: 0 },
        cells: [['.', 0]] as const,
        ...more
      }))
      return time.settle(node(from).transport.request(peerAt(to), submitProtocol, { requests: submissions, withdrawn, epoch: 1, seq }))
    }
  }
}

/** The census of a matcher, in short. */
export function shortCensus({ owners, matching, couldEver, fitNow, terms }: ReplyOf<typeof censusProtocol>): readonly unknown[] {
  return [owners, matching, couldEver, fitNow, terms]
}

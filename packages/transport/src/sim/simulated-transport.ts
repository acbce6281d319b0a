import {
  assert,
  type Cancellation,
  Canceller,
  type Clock,
  CloudError,
  type Log,
  type Metrics,
  type PeerId,
  type Random,
  startDeadline
} from '@cloudpeer/core'
import { abortable, Exchange, type OutgoingRequest } from '../exchange/index.ts'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Handler, Peer, PeerListener, RequestOptions, Subscription, TopicListener, Transport } from '../port/transport.ts'
import { type Address, parseAddress } from './address.ts'
import { dialMsMax } from './dialer.ts'
import type { End, Host } from './host.ts'
import type { Message, Packet } from './packet.ts'
import { Routing } from './routing.ts'
import { Sessions } from './sessions.ts'
import { Topics } from './topics.ts'
import type { World } from './world.ts'

/** The most peers whose addresses are remembered; the one learned first is forgotten. */
const learnedPeersMax = 16_384

/** The most addresses of one peer; the oldest gives way. */
const addressesPerPeerMax = 16

/** What a simulated transport needs of its node. */
export interface SimulatedComponents {
  /** The node's own clock: {@link SimulatedNetwork.clockOf}. */
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

/** The port, over the links of a simulated network. */
export class SimulatedTransport implements Transport {
  readonly self: PeerId
  readonly #world: World
  readonly #host: Host
  readonly #components: SimulatedComponents
  readonly #exchange: Exchange<Message>
  readonly #topics: Topics
  readonly #routing: Routing
  readonly #sessions: Sessions
  readonly #learned = new Map<PeerId, readonly string[]>()
  readonly #dialing = new Map<string, Promise<End>>()
  readonly #listeners = new Set<PeerListener>()
  readonly #stopping = new Canceller()
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor(world: World, host: Host, components: SimulatedComponents) {
    this.self = host.self
    this.#world = world
    this.#host = host
    this.#components = components
    this.#exchange = new Exchange({ self: host.self, ...components }, world.codec, (outgoing) => this.#carry(outgoing))
    this.#sessions = new Sessions(this.#exchange)
    this.#topics = new Topics(world, host, components)
    this.#routing = new Routing(world, host, components.clock)
  }

  addresses(): readonly string[] {
    return [this.#host.address]
  }

  async start(): Promise<void> {
    assert(this.#state === 'new', 'a transport starts once')
    assert(!this.#world.hosts.get(this.#host.place)?.alive, `${this.self} runs already`)
    this.#state = 'running'
    this.#world.hosts.set(this.#host.place, this.#host)
    this.#host.start({
      opened: (end) => this.#opened(end),
      received: (end, packet) => this.#received(end, packet),
      closed: (end) => this.#closed(end)
    })
    this.#topics.start()
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#stopping.abort()
    for (const end of [...this.#host.ends.values()]) end.close()
    this.#host.end()
  }

  async connect(address: string, options?: { readonly signal?: AbortSignal }): Promise<PeerId> {
    const parsed = parseAddress(address)
    if (parsed.place === this.#host.place)
      throw new CloudError('BAD_ADDRESS', { field: 'address', address, problem: 'is this node itself' })
    this.#assertRunning()
    const connected = parsed.peer && this.#host.ends.get(parsed.peer)
    const end = connected ?? (await this.#dial(parsed, options?.signal))
    return end.other.host.self
  }

  async disconnect(peer: PeerId): Promise<void> {
    this.#host.ends.get(peer)?.close()
  }

  async learn(peer: PeerId, addresses: readonly string[]): Promise<void> {
    this.#learn(peer, addresses)
  }

  peers(): readonly Peer[] {
    return [...this.#host.ends.values()].map(({ other }) => ({
      id: other.host.self,
      addresses: [other.host.address],
      roundTripMs: this.#world.links.latencyMs(this.self, other.host.self) + this.#world.links.latencyMs(other.host.self, this.self)
    }))
  }

  onPeer(listener: PeerListener): Subscription {
    this.#listeners.add(listener)
    return { close: () => void this.#listeners.delete(listener) }
  }

  request<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>, options?: RequestOptions): Promise<ReplyOf<P>> {
    if (!this.#host.alive) return Promise.reject(stopped())
    return this.#exchange.request(peer, protocol, body, options)
  }

  serve<P extends Protocol>(protocol: P, handler: Handler<P>): Subscription {
    return this.#exchange.serve(protocol, handler)
  }

  async publish(topic: string, data: Uint8Array): Promise<{ readonly recipients: number }> {
    this.#assertRunning()
    return this.#topics.publish(topic, data)
  }

  subscribe(topic: string, listener: TopicListener): Subscription {
    return this.#topics.subscribe(topic, listener)
  }

  async closestPeers(key: Uint8Array, count: number, options?: { readonly signal?: AbortSignal }): Promise<readonly PeerId[]> {
    this.#assertRunning()
    return this.#routing.closestPeers(key, count, options)
  }

  async provide(key: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void> {
    this.#assertRunning()
    return this.#routing.provide(key, options)
  }

  findProviders(key: Uint8Array, options?: { readonly signal?: AbortSignal }): AsyncIterable<PeerId> {
    this.#assertRunning()
    return this.#routing.findProviders(key, options)
  }

  #learn(peer: PeerId, addresses: readonly string[]): void {
    const known = this.#learned.get(peer) ?? []
    const fresh = addresses.filter((address) => !known.includes(address))
    if (fresh.length === 0) return
    // What is announced is kept as it is, not copied: in a large network everybody knows everybody's addresses.
    const all = known.length === 0 && addresses.length <= addressesPerPeerMax ? addresses : [...known, ...fresh].slice(-addressesPerPeerMax)
    this.#learned.set(peer, all)
    if (this.#learned.size > learnedPeersMax) this.#learned.delete(this.#learned.keys().next().value as PeerId)
  }

  #carry(outgoing: OutgoingRequest<Message>): Promise<Message> {
    const end = this.#host.ends.get(outgoing.peer)
    return end === undefined
      ? this.#reach(outgoing.peer, outgoing.canceller).then((reached) => this.#ask(reached, outgoing))
      : this.#ask(end, outgoing)
  }

  #ask(end: End, outgoing: OutgoingRequest<Message>): Promise<Message> {
    if (!end.open || outgoing.canceller.aborted) return Promise.reject(new CloudError('DISCONNECTED', { peer: outgoing.peer }))
    return this.#sessions.ask(end, outgoing)
  }

  /** Tries a peer's addresses in turn; the last failure tells why none of them worked. */
  async #reach(peer: PeerId, canceller: Cancellation): Promise<End> {
    let failure: unknown
    for (const address of this.#learned.get(peer) ?? []) {
      try {
        return await this.#dial({ ...parseAddress(address), peer }, canceller)
      } catch (error) {
        failure = error
      }
    }
    throw failure ?? new CloudError('UNREACHABLE', { peer, problem: 'no address of it is known' })
  }

  /** Joins a dial to the same place that is under way. */
  async #dial(address: Address, canceller: Cancellation | undefined): Promise<End> {
    const key = `${address.place}/p2p/${address.peer ?? ''}`
    const dialing = this.#dialing.get(key) ?? this.#dialBounded(address).finally(() => this.#dialing.delete(key))
    this.#dialing.set(key, dialing)
    return canceller === undefined ? dialing : abortable(canceller, dialing, () => new CloudError('CANCELLED'))
  }

  async #dialBounded(address: Address): Promise<End> {
    const deadline = startDeadline(this.#components.clock, dialMsMax, this.#stopping)
    const operation = `connect to ${address.peer ?? address.place}`
    try {
      return await abortable(deadline.canceller, this.#world.dial(this.#host, address), () =>
        deadline.expired ? new CloudError('TIMED_OUT', { operation, timeoutMs: dialMsMax }) : stopped()
      )
    } finally {
      deadline.clear()
    }
  }

  #opened(end: End): void {
    this.#learn(end.other.host.self, [end.other.host.address])
    this.#topics.opened()
    this.#tell((listener) => listener.connected?.(end.other.host.self))
  }

  #received(end: End, packet: Packet): void {
    if (packet.kind === 'topic') this.#topics.received(end, packet)
    else this.#sessions.received(end, packet)
  }

  #closed(end: End): void {
    const peer = end.other.host.self
    this.#sessions.closed(end, new CloudError('DISCONNECTED', { peer }))
    this.#topics.closed(peer)
    this.#tell((listener) => listener.disconnected?.(peer))
  }

  #tell(event: (listener: PeerListener) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        event(listener)
      } catch (error) {
        this.#components.log.error('a peer listener failed', { error })
      }
    }
  }

  #assertRunning(): void {
    if (!this.#host.alive) throw stopped()
  }
}

function stopped(): CloudError {
  return new CloudError('STOPPED', { component: 'the transport' })
}

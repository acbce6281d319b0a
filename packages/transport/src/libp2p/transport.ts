import { assert, type Clock, CloudError, errorMessage, type Log, type Metrics, type PeerId, startDeadline } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { peerIdFromString } from '@libp2p/peer-id'
import { abortable, byteCodec, Exchange } from '../exchange/index.ts'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Handler, Peer, PeerListener, RequestOptions, Subscription, TopicListener, Transport } from '../port/transport.ts'
import { dialableAddresses } from './addresses.ts'
import { ConnectedPeers } from './connected-peers.ts'
import { Dialer } from './dialer.ts'
import { closeTimeoutMs, sessionStreamsMax } from './limits.ts'
import { createNode, type Libp2pTransportInit, type Node } from './node.ts'
import { answerPlainStream } from './plain-stream.ts'
import { Routing } from './routing.ts'
import { SessionTable } from './session-table.ts'
import { Topics } from './topics.ts'

/** The protocol of the streams that nodes keep open between them. */
const sessionProtocol = '/cloudpeer/session/1'

/** What the transport needs of its surroundings. */
export interface Libp2pTransportComponents {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** The Transport port over libp2p. A transport starts once. */
export function createLibp2pTransport(init: Libp2pTransportInit): (components: Libp2pTransportComponents) => Transport {
  return (components) => new Libp2pTransport(init, components)
}

/** What exists from start to stop. */
interface Running {
  readonly node: Node
  readonly dialer: Dialer
  readonly routing: Routing
}

class Libp2pTransport implements Transport {
  readonly self: PeerId
  readonly #init: Libp2pTransportInit
  readonly #components: Libp2pTransportComponents
  readonly #exchange: Exchange
  readonly #sessions: SessionTable
  readonly #topics: Topics
  readonly #connected: ConnectedPeers
  readonly #protocols = new Map<string, Protocol>()
  #running: Running | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(init: Libp2pTransportInit, components: Libp2pTransportComponents) {
    const { clock, log } = components
    this.self = createSigner(init.privateKeySeed).self
    this.#init = init
    this.#components = components
    this.#exchange = new Exchange({ self: this.self, ...components }, byteCodec, (outgoing) => this.#sessions.carry(outgoing))
    this.#sessions = new SessionTable({
      self: this.self,
      clock,
      network: init.networkId,
      answer: (from, protocol, body, signal) => this.#exchange.answer(from, protocol, body, signal),
      refuse: (error) => this.#exchange.refuse(error),
      measured: (peer, roundTripMs) => this.#connected.measured(peer, roundTripMs),
      openStream: (peer) => this.#ready().dialer.openStream(peer, sessionProtocol),
      expel: (peer) => this.#inBackground('a peer of another network was not disconnected', this.disconnect(peer))
    })
    this.#topics = new Topics(init.networkId, log)
    this.#connected = new ConnectedPeers(log)
  }

  addresses(): readonly string[] {
    return this.#running?.node.getMultiaddrs().map(String) ?? []
  }

  start(): Promise<void> {
    assert(this.#starting === undefined, 'a transport starts once')
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { clock } = this.#components
    const node = await createNode(this.#init)
    await node.handle(sessionProtocol, (stream, { remotePeer }) => this.#sessions.accept(stream, remotePeer.toString() as PeerId), {
      maxInboundStreams: sessionStreamsMax,
      maxOutboundStreams: sessionStreamsMax,
      runOnLimitedConnection: true
    })
    for (const protocol of this.#protocols.values()) await this.#handle(node, protocol)
    this.#connected.follow(node)
    this.#running = { node, dialer: new Dialer(node, clock), routing: new Routing(node.services.dht, this.self, clock) }
    try {
      await node.start()
    } catch (error) {
      throw startFailure(error, this.#init.listen)
    }
    this.#topics.start(node.services.pubsub)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    // libp2p does not stop while it starts; whether it could start was told to who started it.
    await this.#starting?.catch(() => {})
    this.#topics.stop()
    this.#sessions.stop(stopped())
    await this.#running?.node.stop()
    this.#connected.clear()
  }

  async connect(address: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PeerId> {
    const peer = await this.#ready().dialer.connect(address, signal)
    const greeted = this.#sessions.greet(peer)
    await (signal ? abortable(signal, greeted, () => new CloudError('CANCELLED')) : greeted)
    return peer
  }

  async disconnect(peer: PeerId): Promise<void> {
    const deadline = startDeadline(this.#components.clock, closeTimeoutMs)
    try {
      await this.#ready().node.hangUp(peerIdFromString(peer), { signal: deadline.signal })
    } finally {
      deadline.clear()
    }
  }

  async learn(peer: PeerId, addresses: readonly string[]): Promise<void> {
    await this.#ready().node.peerStore.merge(peerIdFromString(peer), { multiaddrs: dialableAddresses(addresses) })
  }

  peers(): readonly Peer[] {
    return this.#connected.list()
  }

  onPeer(listener: PeerListener): Subscription {
    return this.#connected.listen(listener)
  }

  async request<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>, options?: RequestOptions): Promise<ReplyOf<P>> {
    this.#ready()
    return this.#exchange.request(peer, protocol, body, options)
  }

  serve<P extends Protocol>(protocol: P, handler: Handler<P>): Subscription {
    const service = this.#exchange.serve(protocol, handler)
    this.#protocols.set(protocol.id, protocol)
    if (this.#running) this.#inBackground('a protocol was not registered', this.#handle(this.#running.node, protocol))
    return {
      close: () => {
        service.close()
        this.#protocols.delete(protocol.id)
        if (this.#running) this.#inBackground('a protocol was not removed', this.#running.node.unhandle(protocol.id))
      }
    }
  }

  publish(topic: string, data: Uint8Array): Promise<{ readonly recipients: number }> {
    return this.#topics.publish(topic, data)
  }

  subscribe(topic: string, listener: TopicListener): Subscription {
    return this.#topics.subscribe(topic, listener)
  }

  async closestPeers(key: Uint8Array, count: number, options: { readonly signal?: AbortSignal } = {}): Promise<readonly PeerId[]> {
    return this.#ready().routing.closestPeers(key, count, options.signal)
  }

  async provide(key: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#ready().routing.provide(key, options.signal)
  }

  async *findProviders(key: Uint8Array, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<PeerId> {
    yield* this.#ready().routing.findProviders(key, options.signal)
  }

  async #handle(node: Node, protocol: Protocol): Promise<void> {
    await node.handle(
      protocol.id,
      (stream, { remotePeer }) =>
        answerPlainStream(stream, remotePeer.toString() as PeerId, protocol, this.#exchange, this.#components.clock),
      { force: true }
    )
  }

  #inBackground(failure: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#components.log.error(failure, { error }))
  }

  #ready(): Running {
    if (this.#running === undefined || this.#stopping) throw stopped()
    return this.#running
  }
}

function stopped(): CloudError {
  return new CloudError('STOPPED', { component: 'transport' })
}

function startFailure(error: unknown, listen: readonly string[]): unknown {
  const message = errorMessage(error)
  const address = listen.find((candidate) => message.includes(candidate)) ?? listen.join(', ')
  return message.includes('EADDRINUSE') ? new CloudError('ADDRESS_IN_USE', { address }, { cause: error }) : error
}

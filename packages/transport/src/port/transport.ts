import type { PeerId } from '@cloudpeer/core'
import type { Protocol, ReplyOf, RequestOf } from './protocol.ts'

/** A connected peer. */
export interface Peer {
  readonly id: PeerId
  /** Multiaddrs by which it was reached or is known. */
  readonly addresses: readonly string[]
  /** The last measured round trip, in ms; undefined before the first. */
  readonly roundTripMs: number | undefined
}

/** Counts the protocol messages, requests and replies alike, that one operation caused at this node. */
export interface MessageCount {
  messages: number
}

/** How one request is made. */
export interface RequestOptions {
  /** Ends the request with CANCELLED. */
  readonly signal?: AbortSignal
  /** Overrides the protocol's own time limit, in ms. */
  readonly timeoutMs?: number
  /** Where the messages of this request are counted, beside the metrics. */
  readonly count?: MessageCount
}

/** What a handler knows about the request that it answers. */
export interface RequestContext {
  readonly from: PeerId
  /** Aborts when the requester has gone or the protocol's time limit has passed. */
  readonly signal: AbortSignal
}

/** Answers the requests of one protocol. What it throws travels to the requester: a CloudError by its code, a bug as INTERNAL. */
export type Handler<P> = (body: RequestOf<P>, context: RequestContext) => ReplyOf<P> | Promise<ReplyOf<P>>

/** Something that goes on until it is closed. */
export interface Subscription {
  close(): void
}

/** What becomes of a published message: passed on and handled, dropped, or dropped and held against the peer it came from. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** A message of a topic. */
export interface TopicMessage {
  /** Who published it; the transport has checked the signature. */
  readonly from: PeerId
  readonly data: Uint8Array
}

/** How a topic is followed. Own messages are not delivered back. */
export interface TopicListener {
  /** Decides before anything is passed on. Must not wait. */
  validate(message: TopicMessage): Verdict
  handle(message: TopicMessage): void
}

/** Told about connections: `connected` after the first to a peer opens, `disconnected` after its last one closed. */
export interface PeerListener {
  connected?(peer: PeerId): void
  disconnected?(peer: PeerId): void
}

/** The largest message of a topic, in bytes. Larger data travels by reference. */
export const topicMessageBytesMax = 64 * 1024

/**
 * One node's view of the network. Every wait ends: `request` by its time limit, `connect` and the routing calls by
 * theirs, all of them by `signal`. Errors are in `transportErrors`.
 */
export interface Transport {
  readonly self: PeerId
  /** Multiaddrs under which others can reach this node, each ending in `/p2p/<self>`. */
  addresses(): readonly string[]

  start(): Promise<void>
  /** Closes all connections and listeners; requests in flight end with DISCONNECTED or STOPPED. */
  stop(): Promise<void>

  /** Connects by multiaddr; BAD_ADDRESS, REFUSED, UNREACHABLE, WRONG_NETWORK. */
  connect(address: string, options?: { readonly signal?: AbortSignal }): Promise<PeerId>
  /** Closes the connections to a peer. */
  disconnect(peer: PeerId): Promise<void>
  /** Notes where a peer can be reached, so that a request can connect by itself. */
  learn(peer: PeerId, addresses: readonly string[]): Promise<void>
  /** The peers connected now. */
  peers(): readonly Peer[]
  onPeer(listener: PeerListener): Subscription

  /**
   * Asks a peer, connecting first where needed. Rejects with REFUSED (nothing listens there: the process is gone),
   * UNREACHABLE (no way there), TIMED_OUT (silence), DISCONNECTED, NOT_SERVED, TOO_LARGE, BUSY, CANCELLED, INVALID (a body
   * that does not fit its schema, on either side), or with what the peer's handler threw.
   */
  request<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>, options?: RequestOptions): Promise<ReplyOf<P>>
  /** Serves a protocol from now on; one handler a protocol. */
  serve<P extends Protocol>(protocol: P, handler: Handler<P>): Subscription

  /** Sends to the subscribers of a topic; `recipients` is the number of peers that it went to directly. TOO_LARGE. */
  publish(topic: string, data: Uint8Array): Promise<{ readonly recipients: number }>
  subscribe(topic: string, listener: TopicListener): Subscription

  /** Up to `count` peers closest to SHA-256(key) by the Kademlia routing table of the network, this node among them. */
  closestPeers(key: Uint8Array, count: number, options?: { readonly signal?: AbortSignal }): Promise<readonly PeerId[]>
  /** Announces that this node can provide what `key` names (a SHA-256 digest, 32 bytes). */
  provide(key: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Peers that announced `key`, as they are found. */
  findProviders(key: Uint8Array, options?: { readonly signal?: AbortSignal }): AsyncIterable<PeerId>
}

import type { Clock, CloudError, Log, Metrics, PeerId, Random, StoreFactory } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Subscription, Transport } from '@cloudpeer/transport'
import type { Labels, Member, MemberChange } from './membership/member.ts'
import type { MembershipOptions } from './membership/options.ts'
import type { NetworkDescriptor, SignedDescriptor } from './network/descriptor.ts'
import type { LocateOptions, RoutingStatistics } from './routing/router.ts'

/** What one node's overlay is made with. */
export interface OverlayInit {
  /** The network that the node belongs to, as its founder signed it; pinned from then on. */
  readonly network: SignedDescriptor
  readonly signer: Signer
  readonly verifier: Verifier
  /**
   * How often this node has been started: persisted by the caller, higher at each start. Where the network knows of a later start,
   * because the caller's memory was lost, the node goes on with an epoch beyond that one, and tells it as a change of itself.
   */
  readonly epoch: number
  readonly labels?: Labels
  readonly options?: Partial<MembershipOptions>
}

/** What the overlay needs of its surroundings. */
export interface OverlayComponents {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly stores: StoreFactory
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * Whether the node still looks for others or has synchronised with one. A founder, or who may be alone, has joined once all addresses that
 * it knows were tried in vain.
 */
export type OverlayState = 'joining' | 'joined'

/** Where a node looks for its network. */
export interface StartOptions {
  /** Multiaddrs that the operator gave. */
  readonly join?: readonly string[]
  /** Multiaddrs of peers that were members in the last run. */
  readonly rejoin?: readonly string[]
  /** Whether this node goes on as the only one where it finds nobody, as a founder does anyway. */
  readonly alone?: boolean
}

/** How a node leaves: its place is kept, it is erased, or nobody is told, as in a crash. */
export type Leave = 'temporary' | 'permanent' | 'none'

/** How one node knows the others, and which of them are responsible for a key. */
export interface Overlay {
  readonly self: PeerId
  readonly network: NetworkDescriptor
  readonly state: OverlayState
  /**
   * What stands in the way of being a member: why this node was not let in where it asked last, while it is 'joining' and goes on trying
   * (WRONG_NETWORK, MEMBERS_FULL); that it knows of no other live member, and found none when it looked last (ALONE); that another process speaks as it does (IDENTITY_IN_USE), once they have outbid each other eight times, and as long as this one runs.
   */
  readonly problems: readonly CloudError[]
  /** Grows with each change of the directory. */
  readonly version: number
  /** Members of any state but GONE, this node among them, by peer id. */
  members(): readonly Member[]
  member(peer: PeerId): Member | undefined
  /** Members that carry the index: those ALIVE or SUSPECT that are not draining, this node among them, by peer id. */
  servers(): readonly PeerId[]
  /** Grows with each change of {@link servers}. */
  readonly serversVersion: number
  /** The first min(k, servers) servers in XOR order of SHA-256(multihash of the peer id) to SHA-256(key), by the directory. */
  responsible(key: string, k: number): readonly PeerId[]
  /** The same by the directory, or by Kademlia where the directory is cold or distrusted. UNREACHABLE, CANCELLED. */
  locate(key: string, k: number, options?: LocateOptions): Promise<readonly PeerId[]>
  readonly routing: RoutingStatistics
  /** Told after each change of a member's state, epoch, incarnation, addresses or labels. */
  onChange(listener: (change: MemberChange) => void): Subscription
  /** Told once, when `state` becomes 'joined'. */
  onJoined(listener: () => void): Subscription
  /** Told when this node hears that others held it to be AWAY in its present start: they went on without it. Anybody can say so. */
  onReturned(listener: () => void): Subscription
  /** Told after a newer descriptor of the network has been stored. */
  onNetwork(listener: (network: NetworkDescriptor, signed: SignedDescriptor) => void): Subscription
  /** Publishes a schema; `version` must be higher than the present one. NOT_FOUNDER, STALE_NETWORK. */
  publishSchema(schema: unknown, version: number): Promise<SignedDescriptor>
  /** Serves the protocols and begins to look for the network, once and after the transport; resolves without waiting for the join. STOPPED. */
  start(options?: StartOptions): Promise<void>
  /**
   * Announces that this node will leave for good: from now on nobody counts it among the servers, and it still answers. Resolves
   * once it was told to some members, or nobody could be told within half a second. It cannot be taken back.
   */
  drain(): Promise<void>
  stop(options?: { readonly leave?: Leave }): Promise<void>
  /** Distrusts the directory: `locate` asks Kademlia from now on. Shows that routing does not hang on one path. */
  forgetDirectory(): void
}

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import type { Datastore } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { topicMessageBytesMax } from '../port/transport.ts'
import {
  addressAgeMsMax,
  backlogBytesMax,
  closestPeersMax,
  dialTimeoutMs,
  monitorIntervalMs,
  streamsPerConnectionMax,
  windowBytesMax
} from './limits.ts'
import { inWholeMessages } from './whole-messages.ts'

/** How a node takes part in a network of libp2p nodes. */
export interface Libp2pTransportInit {
  /** Seed of the Ed25519 key that gives the node its peer id: 32 bytes. */
  readonly privateKeySeed: Uint8Array
  /** The network. Nodes of different networks refuse each other: WRONG_NETWORK. */
  readonly networkId: string
  /** Multiaddrs to listen on, `/ip4/0.0.0.0/tcp/4001`; port 0 takes a free one. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others in place of those that are listened on: behind address translation the public one. */
  readonly announce?: readonly string[]
  /**
   * Whether many nodes share one IP address, as in a development network. Without it, gossipsub takes more than ten of
   * them for one attacker and the connection manager accepts twenty of them a second.
   */
  readonly sameHost?: boolean
  /** Most connections; beyond it, incoming ones are refused and idle ones closed. */
  readonly connectionsMax?: number
  /** Where addresses of peers and provider records survive a restart; in memory without it. */
  readonly datastore?: Datastore
}

/** The libp2p services of a node. */
export interface NodeServices extends Record<string, unknown> {
  identify: Identify
  ping: Ping
  dht: KadDHT
  pubsub: GossipSub
}

/** A libp2p node as the transport uses it. */
export type Node = Libp2p<NodeServices>

/** What every connection is made of: TCP, noise, yamux. */
export function connectionStack() {
  return {
    transports: [tcp()],
    connectionEncrypters: [inWholeMessages(noise())],
    streamMuxers: [
      yamux({
        // 10 by default, and a dialler that opens more before the listener's upgrade is done loses the connection.
        maxEarlyStreams: 64,
        maxInboundStreams: streamsPerConnectionMax,
        // A paused stream is reset when its buffer is smaller than its window. The initial window stays at the 256 KiB of
        // the yamux specification: ends that differ in it cut the connection.
        streamOptions: {
          maxStreamWindowSize: windowBytesMax,
          maxReadBufferLength: 2 * windowBytesMax,
          maxWriteBufferLength: 3 * backlogBytesMax
        }
      })
    ]
  }
}

/** Creates the libp2p node of a transport; it is not started. */
export async function createNode(init: Libp2pTransportInit): Promise<Node> {
  return createLibp2p<NodeServices>({
    ...connectionStack(),
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', init.privateKeySeed),
    ...(init.datastore ? { datastore: init.datastore } : {}),
    addresses: { listen: [...init.listen], announce: [...(init.announce ?? [])] },
    peerStore: { maxAddressAge: addressAgeMsMax, maxPeerAge: addressAgeMsMax },
    connectionManager: {
      maxConnections: init.connectionsMax ?? 300,
      maxIncomingPendingConnections: 50,
      inboundConnectionThreshold: init.sameHost ? Number.POSITIVE_INFINITY : 20,
      dialTimeout: dialTimeoutMs
    },
    connectionMonitor: { pingInterval: monitorIntervalMs },
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: `/cloudpeer/${init.networkId}/kad/1.0.0`,
        clientMode: false,
        // The default drops private addresses, and with them every node of a private network.
        peerInfoMapper: passthroughMapper,
        kBucketSize: closestPeersMax,
        alpha: 3,
        disjointPaths: 3,
        // A query with an empty table finds nobody at once instead of waiting; the transport has its own limits.
        allowQueryWithZeroPeers: true
      }),
      pubsub: gossipsub({
        globalSignaturePolicy: 'StrictSign',
        allowPublishToZeroTopicPeers: true,
        maxInboundDataLength: 4 * topicMessageBytesMax,
        maxOutboundBufferSize: 2 * windowBytesMax,
        ...(init.sameHost ? { scoreParams: { IPColocationFactorWeight: 0 } } : {})
      })
    }
  })
}

import type { Log, PeerId } from '@cloudpeer/core'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Peer, PeerListener, Subscription } from '../port/transport.ts'
import type { Node } from './node.ts'

/** What is known of the peers that are connected now, and who wants to be told when that changes. */
export class ConnectedPeers {
  readonly #log: Log
  readonly #listeners = new Set<PeerListener>()
  readonly #peers = new Map<PeerId, { addresses: readonly string[]; roundTripMs: number | undefined }>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Follows the connections of a node. */
  follow(node: Node): void {
    node.addEventListener('peer:connect', ({ detail }) => {
      const peer = detail.toString() as PeerId
      this.#peers.set(peer, {
        addresses: addressesFrom(
          node.getConnections(detail).map(({ remoteAddr }) => remoteAddr),
          peer
        ),
        roundTripMs: undefined
      })
      this.#tell('connected', peer)
    })
    node.addEventListener('peer:identify', ({ detail: { peerId, listenAddrs } }) => {
      const peer = peerId.toString() as PeerId
      const known = this.#peers.get(peer)
      if (known && listenAddrs.length > 0) known.addresses = addressesFrom(listenAddrs, peer)
    })
    node.addEventListener('peer:disconnect', ({ detail }) => this.#lost(detail.toString() as PeerId))
  }

  listen(listener: PeerListener): Subscription {
    this.#listeners.add(listener)
    return { close: () => void this.#listeners.delete(listener) }
  }

  measured(peer: PeerId, roundTripMs: number): void {
    const known = this.#peers.get(peer)
    if (known) known.roundTripMs = roundTripMs
  }

  list(): readonly Peer[] {
    return [...this.#peers].map(([id, { addresses, roundTripMs }]) => ({ id, addresses, roundTripMs }))
  }

  /** Forgets everybody without a word: the node itself has stopped. */
  clear(): void {
    this.#listeners.clear()
    this.#peers.clear()
  }

  #lost(peer: PeerId): void {
    if (this.#peers.delete(peer)) this.#tell('disconnected', peer)
  }

  #tell(event: 'connected' | 'disconnected', peer: PeerId): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener[event]?.(peer)
      } catch (error) {
        this.#log.error('a peer listener failed', { event, peer, error })
      }
    }
  }
}

function addressesFrom(addresses: readonly Multiaddr[], peer: PeerId): string[] {
  const suffix = `/p2p/${peer}`
  return [...new Set(addresses.map(String).map((address) => (address.endsWith(suffix) ? address : address + suffix)))]
}

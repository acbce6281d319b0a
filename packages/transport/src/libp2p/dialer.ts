import { type Clock, CloudError, type PeerId, startDeadline } from '@cloudpeer/core'
import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { badAddress, dialableAddress } from './addresses.ts'
import { failureFrom } from './failure.ts'
import { dialTimeoutMs, lookUpTimeoutMs } from './limits.ts'
import type { Node } from './node.ts'

/** Opens connections and streams of one node, each within its time limit and with the errors of the port. */
export class Dialer {
  readonly #node: Node
  readonly #clock: Clock

  constructor(node: Node, clock: Clock) {
    this.#node = node
    this.#clock = clock
  }

  /** Connects by multiaddr. */
  async connect(address: string, signal?: AbortSignal): Promise<PeerId> {
    const target = dialableAddress(address)
    if (address.endsWith(`/p2p/${this.#node.peerId.toString()}`)) throw badAddress(address, 'it is the address of this node itself')
    const connection = await this.#within(address, dialTimeoutMs, (limit) => this.#node.dial(target, { signal: limit }), signal)
    return connection.remotePeer.toString() as PeerId
  }

  /** Opens a stream to a peer, over the connection that there is, or by the addresses that are known or can be found. */
  async openStream(peer: PeerId, protocol: string): Promise<Stream> {
    const connection = this.#connectionTo(peer) ?? (await this.#dial(peer))
    return this.#within(peer, dialTimeoutMs, (signal) => connection.newStream(protocol, { signal, runOnLimitedConnection: true }))
  }

  async #dial(peer: PeerId): Promise<Connection> {
    const id = peerIdFromString(peer)
    if (!(await this.#hasAddresses(peer))) await this.#findAddresses(peer)
    return this.#within(peer, dialTimeoutMs, (signal) => this.#node.dial(id, { signal }))
  }

  #connectionTo(peer: PeerId): Connection | undefined {
    return this.#node.getConnections(peerIdFromString(peer)).find(({ status }) => status === 'open')
  }

  async #hasAddresses(peer: PeerId): Promise<boolean> {
    const id = peerIdFromString(peer)
    return (await this.#node.peerStore.has(id)) && (await this.#node.peerStore.get(id)).addresses.length > 0
  }

  /** Asks the routing table of the network, or libp2p would do so within the time that is meant for the dial. */
  async #findAddresses(peer: PeerId): Promise<void> {
    const deadline = startDeadline(this.#clock, lookUpTimeoutMs)
    try {
      const { id, multiaddrs } = await this.#node.peerRouting.findPeer(peerIdFromString(peer), { signal: deadline.signal })
      await this.#node.peerStore.merge(id, { multiaddrs })
    } catch (error) {
      throw new CloudError('UNREACHABLE', { peer, problem: 'no address of it is known' }, { cause: error })
    } finally {
      deadline.clear()
    }
  }

  async #within<T>(peer: string, timeoutMs: number, operation: (signal: AbortSignal) => Promise<T>, parent?: AbortSignal): Promise<T> {
    const deadline = startDeadline(this.#clock, timeoutMs, parent)
    try {
      return await operation(deadline.signal)
    } catch (error) {
      if (parent?.aborted) throw new CloudError('CANCELLED', {}, { cause: error })
      throw failureFrom(error, peer, timeoutMs)
    } finally {
      deadline.clear()
    }
  }
}

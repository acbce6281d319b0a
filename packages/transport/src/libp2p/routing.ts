import { type Clock, CloudError, compareDistance, errorMessage, type PeerId, startDeadline } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { KadDHT, QueryEvent } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 as sha256Hasher } from 'multiformats/hashes/sha2'
import { errorFrom } from './failure.ts'
import { closestPeersMax, lookUpRoundsMax, lookUpTimeoutMs } from './limits.ts'

/** Part of kad-dht's class that its interface does not show: the peers that this node itself knows. */
interface LocalTable {
  readonly routingTable: { closestPeers(kadId: Uint8Array, options: { count: number }): Libp2pPeerId[] }
}

/** Finds peers and providers through kad-dht, each question within {@link lookUpTimeoutMs}. */
export class Routing {
  readonly #dht: KadDHT
  readonly #self: PeerId
  readonly #clock: Clock

  constructor(dht: KadDHT, self: PeerId, clock: Clock) {
    this.#dht = dht
    this.#self = self
    this.#clock = clock
  }

  /**
   * Up to `count` (at most {@link closestPeersMax}) peers closest to SHA-256(key), this node among them. One look-up of a
   * node that has just joined finds a fifth of them, because a path follows only peers that are closer than the one that
   * named them; but it fills the routing table. So look-ups are repeated until the table and a look-up agree.
   */
  async closestPeers(key: Uint8Array, count: number, signal?: AbortSignal): Promise<readonly PeerId[]> {
    const target = sha256(key)
    const deadline = startDeadline(this.#clock, lookUpTimeoutMs, signal)
    const dead = new Set<PeerId>()
    let closest = this.#nearest(target, this.#local(target), dead)
    try {
      for (let round = 0; round < lookUpRoundsMax && !deadline.expired; round++) {
        const found = await this.#lookUp(key, dead, deadline.signal)
        const next = this.#nearest(target, [...found, ...this.#local(target)], dead)
        const agreed = next.length === closest.length && next.every((peer, index) => peer === closest[index])
        closest = next
        if (agreed) break
      }
    } catch (error) {
      if (signal?.aborted) throw new CloudError('CANCELLED', {}, { cause: error })
      // Out of time: the peers that were found by then are the answer.
      if (!deadline.expired) throw unreachable(error)
    } finally {
      deadline.clear()
    }
    return closest.slice(0, count)
  }

  /** Announces this node as a provider of a SHA-256 digest at the peers closest to it. */
  async provide(digest: Uint8Array, signal?: AbortSignal): Promise<void> {
    for await (const _ of this.#query('provide', (limit) => this.#dht.provide(cidFrom(digest), { signal: limit }), signal));
  }

  /** The providers of a SHA-256 digest, each once, as they are found. Ends quietly when time is up. */
  async *findProviders(digest: Uint8Array, signal?: AbortSignal): AsyncGenerator<PeerId> {
    const seen = new Set<string>()
    try {
      for await (const event of this.#query(
        'find providers',
        (limit) => this.#dht.findProviders(cidFrom(digest), { signal: limit }),
        signal
      )) {
        if (event.name !== 'PROVIDER') continue
        for (const { id } of event.providers) {
          const peer = id.toString() as PeerId
          if (seen.has(peer)) continue
          seen.add(peer)
          yield peer
        }
      }
    } catch (error) {
      if (!(error instanceof CloudError && error.code === 'TIMED_OUT')) throw error
    }
  }

  /** One Kademlia look-up: the peers that answered. Those that failed to are added to `dead`. */
  async #lookUp(key: Uint8Array, dead: Set<PeerId>, signal: AbortSignal): Promise<PeerId[]> {
    const found: PeerId[] = []
    for await (const event of this.#dht.getClosestPeers(key, { signal })) {
      if (event.name === 'FINAL_PEER') found.push(event.peer.id.toString() as PeerId)
      if (event.name === 'QUERY_ERROR' && !signal.aborted) dead.add(event.from.toString() as PeerId)
    }
    return found
  }

  #local(target: Uint8Array): PeerId[] {
    const { routingTable } = this.#dht as unknown as LocalTable
    return routingTable.closestPeers(target, { count: closestPeersMax }).map((id) => id.toString() as PeerId)
  }

  #nearest(target: Uint8Array, peers: readonly PeerId[], dead: ReadonlySet<PeerId>): PeerId[] {
    const alive = [...new Set([this.#self, ...peers])].filter((peer) => !dead.has(peer))
    return alive
      .map((peer) => ({ peer, kadId: sha256(peerIdBytes(peer)) }))
      .sort((a, b) => compareDistance(target, a.kadId, b.kadId))
      .slice(0, closestPeersMax)
      .map(({ peer }) => peer)
  }

  async *#query(
    operation: string,
    run: (signal: AbortSignal) => AsyncIterable<QueryEvent>,
    signal?: AbortSignal
  ): AsyncGenerator<QueryEvent> {
    const deadline = startDeadline(this.#clock, lookUpTimeoutMs, signal)
    try {
      yield* run(deadline.signal)
    } catch (error) {
      if (signal?.aborted) throw new CloudError('CANCELLED', {}, { cause: error })
      if (deadline.expired) throw new CloudError('TIMED_OUT', { operation, timeoutMs: lookUpTimeoutMs }, { cause: error })
      throw error instanceof CloudError ? error : unreachable(error)
    } finally {
      deadline.clear()
    }
  }
}

function cidFrom(digest: Uint8Array): CID {
  if (digest.length !== 32) throw new CloudError('INVALID', { field: 'key', problem: 'must be 32 bytes' })
  return CID.createV1(raw.code, Digest.create(sha256Hasher.code, digest))
}

function unreachable(error: unknown): CloudError {
  return new CloudError('UNREACHABLE', { peer: 'the routing table', problem: errorMessage(errorFrom(error)) }, { cause: error })
}

import { assert, type PeerId, present } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'

/** Positions are the first 48 bits of a SHA-256: few enough to be exact in a number, enough for any network here. */
const positionBits = 48
const positions = 2 ** positionBits

interface Place {
  readonly peer: PeerId
  readonly position: number
}

/** Where a key or a peer stands on the ring, from 0 to 2^48 - 1. */
export function positionOf(text: string): number {
  return Buffer.from(sha256(text)).readUIntBE(0, positionBits / 8)
}

/**
 * Chord's ring (Stoica et al., 2001) after its stabilisation has come to rest: each key belongs to its successor, and each
 * node's i-th finger is the successor of its position + 2^i.
 */
export class ChordRing {
  readonly #places: readonly Place[]
  readonly #positions: ReadonlyMap<PeerId, number>
  readonly #fingers = new Map<PeerId, readonly Place[]>()

  constructor(peers: readonly PeerId[]) {
    assert(peers.length > 0, 'a ring without nodes')
    this.#places = peers.map((peer) => ({ peer, position: positionOf(peer) })).sort((a, b) => a.position - b.position)
    this.#positions = new Map(this.#places.map(({ peer, position }) => [peer, position]))
  }

  /** The node responsible for a position. */
  successor(position: number): PeerId {
    return this.#successor(position).peer
  }

  /** The next node on the way to a position: the closest finger before it, or the successor that is responsible for it. */
  nextHop(from: PeerId, position: number): PeerId {
    const start = present(this.#positions.get(from), `${from} is not on the ring`)
    const fingers = this.#fingersOf(from, start)
    const wanted = distance(start, position)
    const closest = fingers.findLast((finger) => distance(start, finger.position) < wanted)
    return present(closest ?? fingers[0], 'a ring of one node has no next hop').peer
  }

  #successor(position: number): Place {
    let low = 0
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#places[middle] as Place).position < position) low = middle + 1
      else high = middle
    }
    return (this.#places[low] ?? this.#places[0]) as Place
  }

  /** A node's different fingers, the nearest, which is its successor, first. */
  #fingersOf(peer: PeerId, start: number): readonly Place[] {
    const known = this.#fingers.get(peer)
    if (known !== undefined) return known
    const all = Array.from({ length: positionBits }, (_, bit) => this.#successor((start + 2 ** bit) % positions))
    const fingers = [...new Set(all)].filter((finger) => finger.peer !== peer)
    this.#fingers.set(peer, fingers)
    return fingers
  }
}

/** The way from a position clockwise to another. */
function distance(from: number, to: number): number {
  return (to - from + positions) % positions
}

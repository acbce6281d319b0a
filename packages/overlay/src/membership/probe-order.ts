import type { PeerId, Random } from '@cloudpeer/core'
import { sample } from '@cloudpeer/core'

/** Who may be probed: a set of peers, or something that answers like one. */
export interface Candidates extends Iterable<PeerId> {
  has(peer: PeerId): boolean
}

/** Whom to probe next: each member once a round in an order shuffled anew, which bounds the time until each is probed (SWIM, section 4.3). */
export class ProbeOrder {
  readonly #random: Random
  #queue: PeerId[] = []

  constructor(random: Random) {
    this.#random = random
  }

  /** Gives a new member a random place in the round that runs. */
  add(peer: PeerId): void {
    this.#queue.splice(this.#random.integer(this.#queue.length + 1), 0, peer)
  }

  /** The next of `candidates`, of whom all are looked at only once a round; undefined if there are none. */
  next(candidates: Candidates): PeerId | undefined {
    for (let round = 0; round < 2; round++) {
      for (let peer = this.#queue.pop(); peer !== undefined; peer = this.#queue.pop()) if (candidates.has(peer)) return peer
      this.#queue = sample(this.#random, [...candidates], Number.POSITIVE_INFINITY)
    }
    return undefined
  }
}

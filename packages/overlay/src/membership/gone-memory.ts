import type { PeerId } from '@cloudpeer/core'
import type { Version } from './version.ts'

/** The most erased members that are remembered; the oldest are forgotten first. */
export const goneMax = 4_096

/** What is left of an erased member. */
export interface Gone extends Version {
  /** Whether it went without a word: it may come back, from the far side of a partition. */
  readonly crashed: boolean
}

/** The last word of members that were erased, so that late copies of it do not bring them back. */
export class GoneMemory {
  readonly #gone = new Map<PeerId, Gone>()

  /** Those that went without a word. */
  crashed(): PeerId[] {
    return [...this.#gone].filter(([, { crashed }]) => crashed).map(([peer]) => peer)
  }

  get(peer: PeerId): Gone | undefined {
    return this.#gone.get(peer)
  }

  remember(peer: PeerId, gone: Gone): void {
    this.#gone.delete(peer)
    this.#gone.set(peer, gone)
    if (this.#gone.size > goneMax) this.#gone.delete(this.#gone.keys().next().value as PeerId)
  }

  delete(peer: PeerId): void {
    this.#gone.delete(peer)
  }
}

import type { PeerId } from '@cloudpeer/core'

/** The most changes kept: whoever looks more seldom than that starts from the whole list. */
const changesMax = 256

/** A member that came to carry the index, or does not any more. */
export interface ServerChange {
  readonly peer: PeerId
  readonly serves: boolean
}

/** What became of the members that carry the index, step by step, so that routes follow without a look at all of them. */
export class ServerChanges {
  #changes: ServerChange[] = []
  #version = 0

  /** Grows by one with each change. */
  get version(): number {
    return this.#version
  }

  add(peer: PeerId, serves: boolean): void {
    this.#version++
    this.#changes.push({ peer, serves })
    if (this.#changes.length >= 2 * changesMax) this.#changes = this.#changes.slice(-changesMax)
  }

  /** The changes after a version, in order; undefined if they are not kept any more. */
  since(version: number): readonly ServerChange[] | undefined {
    const count = this.#version - version
    if (count > this.#changes.length) return undefined
    return count === 0 ? [] : this.#changes.slice(-count)
  }
}

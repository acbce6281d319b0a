import type { PeerId } from '@cloudpeer/core'

/** Pauses that are remembered; beyond, the one told first is forgotten. */
const pausesMax = 4_096

/** Which owners hold nothing for which requesters at present, as they said themselves: those let holds pass. */
export class Pauses {
  readonly #untilMs = new Map<string, number>()

  add(owner: PeerId, requester: PeerId, untilMs: number): void {
    const key = keyOf(owner, requester)
    this.#untilMs.delete(key)
    if (this.#untilMs.size >= pausesMax) this.#untilMs.delete(this.#untilMs.keys().next().value as string)
    this.#untilMs.set(key, untilMs)
  }

  /** Whether an owner holds nothing for a requester now. */
  has(owner: PeerId, requester: PeerId, now: number): boolean {
    if (this.#untilMs.size === 0) return false
    return (this.#untilMs.get(keyOf(owner, requester)) ?? 0) > now
  }
}

function keyOf(owner: PeerId, requester: PeerId): string {
  return `${owner} ${requester}`
}

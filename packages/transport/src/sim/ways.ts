import type { PeerId } from '@cloudpeer/core'
import { type Lift, liftOnce } from './lift.ts'

/** Some of the ways between peers, each way for itself: those that fit everything given here, all of them for `{}`. */
export interface Ways {
  readonly from?: PeerId
  readonly to?: PeerId
  /** One end of the way, whichever. */
  readonly at?: PeerId
}

/** Amounts that hold for some ways, each until it is lifted. */
export class WayAmounts {
  readonly #active = new Set<{ readonly ways: Ways; readonly amount: number }>()

  add(amount: number, ways: Ways): Lift {
    const entry = { ways, amount }
    this.#active.add(entry)
    return liftOnce(() => this.#active.delete(entry))
  }

  /** Whether any holds for the way. */
  has(from: PeerId, to: PeerId): boolean {
    if (this.#active.size === 0) return false
    for (const { ways } of this.#active) if (covers(ways, from, to)) return true
    return false
  }

  /** The amounts together. */
  sum(from: PeerId, to: PeerId): number {
    return this.#fold(from, to, 0, (total, amount) => total + amount)
  }

  /** The smallest amount; Infinity where none holds. */
  min(from: PeerId, to: PeerId): number {
    return this.#fold(from, to, Infinity, Math.min)
  }

  /** The chance that at least one of them strikes, taken as independent chances. */
  chance(from: PeerId, to: PeerId): number {
    return this.#active.size === 0 ? 0 : 1 - this.#fold(from, to, 1, (spared, share) => spared * (1 - share))
  }

  #fold(from: PeerId, to: PeerId, start: number, step: (total: number, amount: number) => number): number {
    if (this.#active.size === 0) return start
    let total = start
    for (const { ways, amount } of this.#active) if (covers(ways, from, to)) total = step(total, amount)
    return total
  }
}

function covers({ from, to, at }: Ways, sender: PeerId, receiver: PeerId): boolean {
  return (
    (from === undefined || from === sender) &&
    (to === undefined || to === receiver) &&
    (at === undefined || at === sender || at === receiver)
  )
}

import type { PeerId } from '@cloudpeer/core'
import { type Lift, liftOnce } from './lift.ts'

/** One way between two peers. */
export type Way = readonly [from: PeerId, to: PeerId]

/** Ways that let nothing through, each as long as at least one block holds it. */
export class Blocks {
  readonly #counts = new Map<PeerId, Map<PeerId, number>>()
  readonly #lifts = new Set<Lift>()
  readonly #unblocked: (way: Way) => void

  /** `unblocked` is told of every way whose last block was lifted. */
  constructor(unblocked: (way: Way) => void) {
    this.#unblocked = unblocked
  }

  has(from: PeerId, to: PeerId): boolean {
    return this.#counts.size > 0 && (this.#counts.get(from)?.has(to) ?? false)
  }

  add(ways: readonly Way[]): Lift {
    for (const way of ways) this.#count(way, 1)
    const lift = liftOnce(() => {
      this.#lifts.delete(lift)
      for (const way of ways) if (this.#count(way, -1) === 0) this.#unblocked(way)
    })
    this.#lifts.add(lift)
    return lift
  }

  /** Lifts every block, in the order in which they began. */
  liftAll(): void {
    for (const lift of [...this.#lifts]) lift()
  }

  #count([from, to]: Way, change: number): number {
    const row = this.#counts.get(from) ?? new Map<PeerId, number>()
    const count = (row.get(to) ?? 0) + change
    if (count > 0) row.set(to, count)
    else row.delete(to)
    if (row.size > 0) this.#counts.set(from, row)
    else this.#counts.delete(from)
    return count
  }
}

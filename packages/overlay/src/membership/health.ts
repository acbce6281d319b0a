/**
 * How well this node itself keeps time, from 0 (well): Lifeguard's local health awareness. A node that misses answers
 * blames itself first, and waits longer before it blames others.
 */
export class Health {
  readonly #max: number
  #score = 0

  constructor(max: number) {
    this.#max = max
  }

  get score(): number {
    return this.#score
  }

  /** Moves the score by `delta`, within 0 and the maximum less one. */
  apply(delta: number): void {
    this.#score = Math.max(0, Math.min(this.#max - 1, this.#score + delta))
  }

  /** `durationMs` stretched by the score. */
  scale(durationMs: number): number {
    return durationMs * (this.#score + 1)
  }
}

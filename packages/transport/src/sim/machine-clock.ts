import { assert, type Clock } from '@cloudpeer/core'
import type { Effects } from './effects.ts'
import { type Lift, liftOnce } from './lift.ts'

const ppm = 1e-6

/**
 * A machine's two clocks: the monotonic one may run fast or slow but never back, the wall clock is set by people and
 * programs.
 */
export class MachineClock {
  readonly #base: Clock
  readonly #effects: Effects
  /** Since when, by either clock, the monotonic one runs at its present rate. */
  #since = { baseMs: 0, ownMs: 0 }
  #driftPpm = 0
  #drifts = 0
  #aheadMs = 0
  #jumps = 0
  #reachedMs = -Infinity

  constructor(base: Clock, effects: Effects) {
    this.#base = base
    this.#effects = effects
  }

  now(): number {
    const { baseMs, ownMs } = this.#since
    const elapsedMs = this.#base.now() - baseMs
    return Math.max(this.#reachedMs, ownMs + elapsedMs * this.#rate)
  }

  wallTime(): number {
    if (this.#jumps > 0) this.#effects.add('jump')
    return this.#base.wallTime() + (this.now() - this.#base.now()) + this.#aheadMs
  }

  /** How long `ownMs` on this clock are in the time that everything happens in. */
  baseMs(ownMs: number): number {
    if (this.#drifts > 0) this.#effects.add('drift')
    return ownMs / this.#rate
  }

  /** Says that the moment `ownMs` has come: rounding does not make it a little earlier. */
  reach(ownMs: number): void {
    this.#reachedMs = Math.max(this.#reachedMs, ownMs)
  }

  /** The monotonic clock gains `partsPerMillion` on true time, or loses them if negative. */
  drift(partsPerMillion: number): Lift {
    this.#changeRate(partsPerMillion, 1)
    return liftOnce(() => this.#changeRate(-partsPerMillion, -1))
  }

  /** The wall clock is set ahead by `byMs`, or back if negative; lifting sets it right. */
  jump(byMs: number): Lift {
    this.#aheadMs += byMs
    this.#jumps++
    return liftOnce(() => {
      this.#aheadMs -= byMs
      this.#jumps--
    })
  }

  get #rate(): number {
    return 1 + this.#driftPpm * ppm
  }

  #changeRate(byPpm: number, drifts: number): void {
    this.#since = { baseMs: this.#base.now(), ownMs: this.now() }
    this.#driftPpm += byPpm
    this.#drifts += drifts
    assert(this.#rate > 0, `a clock that runs at ${this.#rate} times its speed`)
  }
}

/** A rate with room for bursts. */
export interface Rate {
  /** Events that may pass in a second, in the long run. */
  readonly perSecond: number
  /** Events that may pass at once after a rest. */
  readonly burst: number
}

/** Lets events pass at a bounded rate; the caller tells the time. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = nowMs
  }

  /** Takes a token if there is one: 0, or the milliseconds until there will be one. */
  take(nowMs: number): number {
    const { perSecond, burst } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#at) * perSecond) / 1000)
    this.#at = nowMs
    if (this.#tokens < 1) return ((1 - this.#tokens) * 1000) / perSecond
    this.#tokens -= 1
    return 0
  }
}

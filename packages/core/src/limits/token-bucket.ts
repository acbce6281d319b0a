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

  /**
   * Takes `amount` tokens, one if not given, if there are as many: 0, or the milliseconds until there will be. More than a
   * burst is taken from a full bucket, on credit.
   */
  take(nowMs: number, amount = 1): number {
    const { perSecond, burst } = this.#rate
    const needed = Math.min(amount, burst)
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#at) * perSecond) / 1000)
    this.#at = nowMs
    if (this.#tokens < needed) return ((needed - this.#tokens) * 1000) / perSecond
    this.#tokens -= amount
    return 0
  }
}

import { type Clock, type Rate, sleep, TokenBucket } from '@cloudpeer/core'

/** Waits until so many bytes, which have just been moved, are within the rate. */
export type Pace = (bytes: number, signal: AbortSignal) => Promise<void>

/** Lets bytes pass at a bounded rate; `rate` is in bytes. */
export function createPace(clock: Clock, rate: Rate): Pace {
  const bucket = new TokenBucket(rate, clock.now())
  return async (bytes, signal) => {
    for (let waitMs = bucket.take(clock.now(), bytes); waitMs > 0; waitMs = bucket.take(clock.now(), bytes)) {
      // Whole milliseconds: a fraction that is lost in rounding would be waited for again and again.
      await sleep(clock, Math.ceil(waitMs), signal)
    }
  }
}

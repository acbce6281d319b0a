import { assert } from '@cloudpeer/core'
import type { Jitter } from '@cloudpeer/transport/sim'

/** How messages are late beyond their way's latency. */
export interface ParetoJitterOptions {
  /** The mean, as a share of the latency. 0.1 if not given. */
  readonly meanShare?: number
  /** Above 1; the smaller, the heavier the tail. 3 if not given: that of the distribution `pareto` of Linux's netem and of NIST Net before it. */
  readonly shape?: number
  /** The most, in ms. 5 s if not given. */
  readonly msMax?: number
}

/** A heavy tail on each message: Pareto's distribution of the second kind (Lomax, 1954), which begins at 0. */
export function createParetoJitter({ meanShare = 0.1, shape = 3, msMax = 5000 }: ParetoJitterOptions = {}): Jitter {
  assert(meanShare > 0 && shape > 1 && msMax > 0, `a jitter of mean share ${meanShare}, shape ${shape}, at most ${msMax} ms`)
  const scale = meanShare * (shape - 1)
  return (latencyMs, random) => Math.min(msMax, latencyMs * scale * ((1 - random.next()) ** (-1 / shape) - 1))
}

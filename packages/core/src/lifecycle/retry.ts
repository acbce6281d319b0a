import { type Clock, sleep } from '../clock/clock.ts'
import type { Random } from '../random/random.ts'

/** How attempts are spaced: exponential, bounded, with equal jitter (AWS Architecture Blog, 2015). */
export interface BackoffOptions {
  /** Longest wait before the second attempt, in ms. */
  readonly firstMs: number
  /** Longest wait before any attempt, in ms. */
  readonly maxMs: number
  /** Most attempts; `Infinity` only for work that ends with its signal. */
  readonly attemptsMax: number
}

/** The wait after the `attempt`-th failure (from 1), in ms. */
export function backoffMs(options: BackoffOptions, attempt: number, random: Random): number {
  const ceiling = Math.min(options.maxMs, options.firstMs * 2 ** (attempt - 1))
  return ceiling * (0.5 + 0.5 * random.next())
}

/** Repeats `operation` until it succeeds, `mayRetry` refuses its error, or the attempts are used up. */
export async function retry<T>(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  options: BackoffOptions & { readonly signal?: AbortSignal; readonly mayRetry: (error: unknown, attempt: number) => boolean },
  operation: (attempt: number) => Promise<T>
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt)
    } catch (error) {
      if (attempt >= options.attemptsMax || options.signal?.aborted || !options.mayRetry(error, attempt)) throw error
      await sleep(clock, backoffMs(options, attempt, random), options.signal)
    }
  }
}

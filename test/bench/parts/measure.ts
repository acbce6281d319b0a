/** Milliseconds that each of `count` runs took, one after the other. */
export async function timesMs(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    await run()
    times.push(performance.now() - began)
  }
  return times
}

/** The middle one of the values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/**
 * Times two operations alternately in short rounds, so that both meet the same machine, and gives the median of each and
 * of the rounds' ratios.
 */
export async function comparedMs(rounds: number, perRound: number, subject: () => Promise<unknown>, baseline: () => Promise<unknown>) {
  const pairs: { subject: number; baseline: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const first = median(await timesMs(perRound, round % 2 === 0 ? subject : baseline))
    const second = median(await timesMs(perRound, round % 2 === 0 ? baseline : subject))
    pairs.push(round % 2 === 0 ? { subject: first, baseline: second } : { subject: second, baseline: first })
  }
  return {
    subjectMs: median(pairs.map((pair) => pair.subject)),
    baselineMs: median(pairs.map((pair) => pair.baseline)),
    ratio: median(pairs.map((pair) => pair.subject / pair.baseline))
  }
}

/** Operations a second that `run` does in about `durationMs`, with `inFlight` of them at a time. */
export async function ratePerSecond(inFlight: number, durationMs: number, run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let done = 0
  async function worker(): Promise<void> {
    while (performance.now() - began < durationMs) {
      await run()
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (done / (performance.now() - began)) * 1000
}

/** Gives the items one after the other, and the first again after the last. */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0
  return () => items[next++ % items.length] as T
}

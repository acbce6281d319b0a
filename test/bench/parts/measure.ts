/** The middle one of the values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Pairs that are run before any is timed: until the code of both is compiled. */
const warmUpPairs = 1500

/**
 * Times two operations in turn, one of each at a time, so that both meet the same machine at the same moment, and gives
 * the median of each and their ratio.
 */
export async function comparedMs(pairs: number, subject: () => Promise<unknown>, baseline: () => Promise<unknown>) {
  const subjects: number[] = []
  const baselines: number[] = []
  for (let pair = 0; pair < warmUpPairs + pairs; pair++) {
    const subjectTook = await timeMs(subject)
    const baselineTook = await timeMs(baseline)
    if (pair < warmUpPairs) continue
    subjects.push(subjectTook)
    baselines.push(baselineTook)
  }
  const [subjectMs, baselineMs] = [median(subjects), median(baselines)]
  return { subjectMs, baselineMs, ratio: subjectMs / baselineMs }
}

async function timeMs(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
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

import { gpuMilliOf } from './job.ts'
import type { JobOutcome } from './replay.ts'

/** The smallest value that a share of all values does not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

/** The mean; 0 of none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** How long each of those waited that was placed, in ms. */
export function waitsOf(outcomes: readonly JobOutcome[]): readonly number[] {
  return outcomes.flatMap(({ placed }) => (placed === undefined ? [] : [placed.waitedMs]))
}

/** Share of the jobs that were placed. */
export function placedShare(outcomes: readonly JobOutcome[]): number {
  return outcomes.filter(({ placed }) => placed !== undefined).length / Math.max(1, outcomes.length)
}

/** A time in which something is taken. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly amount: number
}

/** The GPUs that jobs had, in thousandths, and when. */
export function gpuSpans(outcomes: readonly JobOutcome[]): readonly Span[] {
  return outcomes.flatMap(({ job, placed }) => {
    if (placed === undefined) return []
    const fromMs = job.arrivesMs + placed.waitedMs
    return [{ fromMs, toMs: fromMs + job.durationMs, amount: gpuMilliOf(job) }]
  })
}

/** How much is taken on average in each of `count` equal parts of the time from 0 to `untilMs`. */
export function meansOver(spans: readonly Span[], untilMs: number, count: number): readonly number[] {
  const width = untilMs / count
  const sums = new Array<number>(count).fill(0)
  for (const { fromMs, toMs, amount } of spans) {
    for (let part = Math.floor(fromMs / width); part < count && part * width < toMs; part++) {
      const overlap = Math.min(toMs, (part + 1) * width) - Math.max(fromMs, part * width)
      sums[part] = (sums[part] as number) + amount * (overlap / width)
    }
  }
  return sums
}

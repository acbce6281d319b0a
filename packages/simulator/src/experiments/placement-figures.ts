import type { Job } from '../placement/job.ts'
import { gpuSpans, meansOver, placedShare, type Span, waitsOf } from '../placement/statistics.ts'
import type { Line } from './chart/chart.ts'
import { numberText } from './chart/number-text.ts'
import type { Figure } from './experiment.ts'
import type { Replayed } from './replayed.ts'
import type { StrategyResult } from './strategy-comparison.ts'

/** Parts of the time of which a mean is drawn. */
const parts = 50
/** Waiting times at which it is told how many had waited no longer, in s. */
const waitsSeconds = [0.01, 0.03, 0.1, 0.3, 1, 10, 100, 1_000, 10_000, 100_000] as const
const dayMs = 86_400_000

/** What would be taken if there were room for everything. */
function wantedSpans(jobs: readonly Job[]): readonly Span[] {
  return gpuSpans(jobs.map((job) => ({ job, placed: { waitedMs: 0 } })))
}

/** The GPUs that are allocated over time, beside those that are asked for. */
export function gpusFigure(results: readonly StrategyResult[], { jobs, untilMs, gpuMilli }: Replayed): Figure {
  const pointsOf = (spans: readonly Span[]): Line['points'] =>
    meansOver(spans, untilMs, parts).map((milli, part) => ({
      x: ((part + 0.5) * untilMs) / parts / dayMs,
      y: milli / Math.max(1, gpuMilli)
    }))
  const lines = results.map(
    ({ strategy, outcomes }): Line => ({ name: strategy.title, colour: strategy.colour, points: pointsOf(gpuSpans(outcomes)) })
  )
  const wanted: Line = { name: 'asked for', colour: 1, isModel: true, points: pointsOf(wantedSpans(jobs)) }
  const peak = Math.max(...wanted.points.map(({ y }) => y))
  return {
    name: 'placement-gpus',
    caption: `At its height ${numberText(peak, '%')} of the GPUs are asked for.`,
    chart: {
      title: 'GPUs that are allocated',
      subtitle: `means of ${parts} parts of the time`,
      x: { label: 'days', scale: 'linear', from: 0 },
      y: { label: 'share of all GPUs', unit: '%', scale: 'linear', from: 0 },
      lines: [...lines, wanted]
    }
  }
}

/** The requests that had been placed after each time. */
export function waitsFigure(results: readonly StrategyResult[], { jobs }: Replayed): Figure {
  const lines = results.map(({ strategy, outcomes }): Line => {
    const waits = waitsOf(outcomes)
    const within = (seconds: number): number => waits.filter((waitedMs) => waitedMs <= seconds * 1000).length / jobs.length
    return { name: strategy.title, colour: strategy.colour, points: waitsSeconds.map((x) => ({ x, y: within(x) })) }
  })
  const ends = results.map(({ strategy, outcomes }) => `${strategy.title} ${numberText(placedShare(outcomes), '%')}`)
  return {
    name: 'placement-waits',
    caption: `Of ${numberText(jobs.length)} requests there were placed: ${ends.join('; ')}.`,
    chart: {
      title: 'How long requests wait',
      subtitle: 'requests that were placed within a time, out of all',
      x: { label: 'waiting time', unit: 's', scale: 'log' },
      y: { label: 'requests placed by then', unit: '%', scale: 'linear', from: 0, to: 1 },
      lines
    }
  }
}

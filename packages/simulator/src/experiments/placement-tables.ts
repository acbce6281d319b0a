import type { JobOutcome } from '../placement/replay.ts'
import { gpuSpans, mean, meansOver, placedShare, quantile, waitsOf } from '../placement/statistics.ts'
import type { Column, Table } from './experiment.ts'
import type { Replayed } from './replayed.ts'
import { attemptsPerGrant, type StrategyResult, unitsPlaced } from './strategy-comparison.ts'

/** A number about one strategy's result, and its column. */
interface Measure extends Column {
  readonly of: (result: StrategyResult) => number | undefined
}

/** What each strategy places, and what it takes to. Shares are of what `central-best-fit` reaches, where it is among them. */
export function summaryTable(results: readonly StrategyResult[], { untilMs, gpuMilli }: Replayed, roundTripMs: number): Table {
  const best = results.find(({ strategy }) => strategy.name === 'central-best-fit')
  const gpuShare = ({ outcomes }: StrategyResult): number => (meansOver(gpuSpans(outcomes), untilMs, 1)[0] ?? 0) / Math.max(1, gpuMilli)
  const measures: readonly Measure[] = [
    { label: 'placed', unit: '%', of: ({ outcomes }) => placedShare(outcomes) },
    { label: 'of what best fit places', unit: '%', of: ({ outcomes }) => best && placedShare(outcomes) / placedShare(best.outcomes) },
    { label: 'GPUs allocated, mean', unit: '%', of: gpuShare },
    { label: 'of what best fit allocates', unit: '%', of: (result) => best && gpuShare(result) / gpuShare(best) },
    { label: 'wait, mean', unit: 's', of: ({ outcomes }) => mean(secondsOf(outcomes)) },
    { label: 'wait, 99th percentile', unit: 's', of: ({ outcomes }) => quantile(secondsOf(outcomes), 0.99) },
    { label: 'attempts per grant', of: attemptsPerGrant },
    {
      label: 'messages per grant',
      of: (result) => result.effort.messages && result.effort.messages / Math.max(1, unitsPlaced(result))
    },
    { label: 'median time to the signed grant', unit: 'round trips', of: ({ outcomes }) => grantTrips(outcomes, roundTripMs) }
  ]
  return {
    name: 'placement-summary',
    title: 'Placement of all requests',
    caption: 'What each strategy places, and what it takes to.',
    columns: [{ label: 'strategy' }, ...measures.map(({ of: _, ...column }) => column)],
    rows: results.map((result) => [result.strategy.title, ...measures.map((measure) => measure.of(result))])
  }
}

/** How long the requests of each class waited. */
export function classesTable(results: readonly StrategyResult[]): Table {
  return {
    name: 'placement-classes',
    title: 'Waiting by quality of service',
    caption: 'Waiting times of the requests that were placed.',
    columns: [
      { label: 'strategy' },
      { label: 'class' },
      { label: 'requests' },
      { label: 'placed', unit: '%' },
      { label: 'mean', unit: 's' },
      { label: 'median', unit: 's' },
      { label: '99th percentile', unit: 's' },
      { label: 'longest', unit: 's' }
    ],
    rows: results.flatMap(({ strategy, outcomes }) =>
      [...Map.groupBy(outcomes, ({ job }) => job.group)].map(([group, ofGroup]) => {
        const waits = secondsOf(ofGroup)
        const quantiles = [0.5, 0.99, 1].map((share) => quantile(waits, share))
        return [strategy.title, group, ofGroup.length, placedShare(ofGroup), mean(waits), ...quantiles]
      })
    )
  }
}

function secondsOf(outcomes: readonly JobOutcome[]): readonly number[] {
  return waitsOf(outcomes).map((ms) => ms / 1000)
}

/** Half of the requests had their signed grant after so many round trips; undefined where nothing is signed. */
function grantTrips(outcomes: readonly JobOutcome[], roundTripMs: number): number | undefined {
  const granted = outcomes.flatMap(({ placed }) => placed?.grantedMs ?? [])
  return granted.length === 0 ? undefined : quantile(granted, 0.5) / roundTripMs
}

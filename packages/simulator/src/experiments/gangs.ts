import { derivedRandom } from '../cloud/derived-random.ts'
import { generatedJobs, slotMachines } from '../placement/generated-jobs.ts'
import type { JobOutcome } from '../placement/replay.ts'
import { mean, placedShare, quantile, waitsOf } from '../placement/statistics.ts'
import { strategiesNamed } from '../placement/strategies.ts'
import { numberText } from './chart/number-text.ts'
import type { Experiment, Figure, Progress, Report, Table } from './experiment.ts'
import { seedParameter } from './load-parameters.ts'
import type { Settings } from './parameters.ts'
import { clusterInit, oneWayParameter, retryParameter, strategiesParameter } from './placement-parameters.ts'
import { attemptsPerGrant, compareStrategies, type StrategyResult } from './strategy-comparison.ts'

/** Sizes of gangs, and the share of requests that has each. */
const sizes = [
  { units: 1, share: 0.7 },
  { units: 4, share: 0.2 },
  { units: 16, share: 0.1 }
] as const

/** How long after the last arrival it is waited for those that have not been placed, in ms. */
const drainMs = 3_600_000

/** Many that want one machine, and few that want many at once. */
export const gangs: Experiment = {
  name: 'gangs',
  question: 'how long do requests for several machines at once wait among requests for one?',
  takesSeconds: 60,
  parameters: [
    seedParameter,
    { name: 'owners', about: 'owners of one slot each', default: 64, min: 16, max: 1000 },
    { name: 'load', about: 'share of all slots that is asked for on average', default: 0.85, min: 0.1, max: 1, whole: false },
    { name: 'requests', about: 'requests that arrive', default: 10_000, min: 10, max: 100_000 },
    oneWayParameter,
    retryParameter(8),
    strategiesParameter('cloudpeer', 'matching-only', 'optimistic', 'strict-fifo')
  ],
  run
}

async function run(settings: Settings, progress: Progress): Promise<Report> {
  const [slots, count, load] = [settings.number('owners'), settings.number('requests'), settings.number('load')]
  const jobs = generatedJobs(derivedRandom(settings.number('seed'), 'gangs'), { count, load, slots, sizes })
  const init = { ...clusterInit(settings), machines: slotMachines(slots, 1) }
  const untilMs = (jobs.at(-1)?.arrivesMs ?? 0) + drainMs
  const strategies = strategiesNamed(settings.words('strategies'))
  const results = await compareStrategies(strategies, init, { jobs, untilMs }, (share, { title }) => progress(share, title))
  const views = [
    { name: 'gangs-mean', measure: 'mean', of: mean },
    { name: 'gangs-p99', measure: '99th percentile', of: (waits: readonly number[]) => quantile(waits, 0.99) }
  ]
  return { figures: views.map((view) => figureOf(view, results, load)), tables: [tableOf(results)], notes: notesOf(settings) }
}

/** How one measure of the waiting times is drawn. */
interface View {
  readonly name: string
  readonly measure: string
  readonly of: (waitsSeconds: readonly number[]) => number
}

function figureOf({ name, measure, of }: View, results: readonly StrategyResult[], load: number): Figure {
  const lines = results.map(({ strategy, outcomes }) => ({
    name: strategy.title,
    colour: strategy.colour,
    points: sizes.map(({ units }) => ({ x: units, y: of(secondsOf(ofSize(outcomes, units))) }))
  }))
  const ends = lines.map((line) => `${line.name} ${numberText(line.points.at(-1)?.y ?? 0)} s`)
  return {
    name,
    caption: `A request for 16 machines at once waits (${measure}): ${ends.join('; ')}.`,
    chart: {
      title: `Waiting time by size, ${measure}`,
      subtitle: `${numberText(load, '%')} of all slots asked for on average`,
      x: { label: 'machines at once', scale: 'log' },
      y: { label: `waiting time, ${measure}`, unit: 's', scale: 'linear', from: 0 },
      lines
    }
  }
}

function tableOf(results: readonly StrategyResult[]): Table {
  return {
    name: 'gangs-summary',
    title: 'Waiting by size',
    caption: 'Waiting times of the requests that were placed.',
    columns: [
      { label: 'strategy' },
      { label: 'machines at once' },
      { label: 'requests' },
      { label: 'placed', unit: '%' },
      { label: 'mean', unit: 's' },
      { label: 'median', unit: 's' },
      { label: '99th percentile', unit: 's' },
      { label: 'attempts per grant, all sizes' }
    ],
    rows: results.flatMap((result) =>
      sizes.map(({ units }) => {
        const ofUnits = ofSize(result.outcomes, units)
        const waits = secondsOf(ofUnits)
        const [median, high] = [quantile(waits, 0.5), quantile(waits, 0.99)]
        return [result.strategy.title, units, ofUnits.length, placedShare(ofUnits), mean(waits), median, high, attemptsPerGrant(result)]
      })
    )
  }
}

function ofSize(outcomes: readonly JobOutcome[], units: number): readonly JobOutcome[] {
  return outcomes.filter(({ job }) => job.count === units)
}

function secondsOf(outcomes: readonly JobOutcome[]): readonly number[] {
  return waitsOf(outcomes).map((ms) => ms / 1000)
}

function notesOf(settings: Settings): readonly string[] {
  return [
    `${settings.number('owners')} owners of one slot; ${sizes.map(({ units, share }) => `${numberText(share, '%')} of the requests are for ${units}`).join(', ')}. They arrive at random (Poisson) and last 60 s on average (exponential), which they say truly beforehand.`,
    `Optimistic: the requester knows what is free everywhere, tries for all units at once, has all or none (Omega; Schwarzkopf et al., 2013), and waits 250 ms after a failure, then twice as long each time, ${settings.number('retry-max')} s at most, with jitter.`,
    'Strict FIFO: one queue that knows everything; whoever is first lets nobody pass.'
  ]
}

import { derivedRandom } from '../cloud/derived-random.ts'
import { generatedJobs, slotMachines } from '../placement/generated-jobs.ts'
import { mean, waitsOf } from '../placement/statistics.ts'
import { strategiesNamed } from '../placement/strategies.ts'
import type { Strategy } from '../placement/strategy.ts'
import { numberText } from './chart/number-text.ts'
import type { Experiment, Figure, Progress, Report } from './experiment.ts'
import { seedParameter } from './load-parameters.ts'
import type { Settings } from './parameters.ts'
import { clusterInit, oneWayParameter, retryParameter, strategiesParameter } from './placement-parameters.ts'
import { attemptsPerGrant, compareStrategies, type StrategyResult } from './strategy-comparison.ts'

/** Shares of all slots that are asked for on average. */
const loads = [0.8, 0.95, 0.98] as const

/** How long after the last arrival it is waited for those that have not been placed, in ms. */
const drainMs = 3_600_000

/** What it takes to find the slot that is free. */
export const attempts: Experiment = {
  name: 'attempts',
  question: 'how often must owners be asked for one grant, and how long does it take, as they fill?',
  takesSeconds: 150,
  parameters: [
    seedParameter,
    { name: 'owners', about: 'owners', default: 100, min: 4, max: 1000 },
    { name: 'slots', about: 'slots of each owner', default: 4, min: 1, max: 100 },
    { name: 'requests', about: 'requests that arrive at each load', default: 10_000, min: 10, max: 100_000 },
    oneWayParameter,
    retryParameter(8),
    strategiesParameter('cloudpeer', 'power-of-two', 'four-probes', 'random-probe', 'directory-1s', 'directory-10s')
  ],
  run
}

async function run(settings: Settings, progress: Progress): Promise<Report> {
  const [owners, perOwner] = [settings.number('owners'), settings.number('slots')]
  const machines = slotMachines(owners, perOwner)
  const compared = strategiesNamed(settings.words('strategies'))
  const results = new Map<number, readonly StrategyResult[]>()
  for (const [place, load] of loads.entries()) {
    const random = derivedRandom(settings.number('seed'), `attempts ${load}`)
    const sizes = [{ units: 1, share: 1 }]
    const jobs = generatedJobs(random, { count: settings.number('requests'), load, slots: owners * perOwner, sizes })
    const untilMs = (jobs.at(-1)?.arrivesMs ?? 0) + drainMs
    const tell = (share: number, { title }: Strategy): void =>
      progress((place + share) / loads.length, `${title}, ${numberText(load, '%')}`)
    results.set(load, await compareStrategies(compared, { ...clusterInit(settings), machines }, { jobs, untilMs }, tell))
  }
  return { figures: views.map((view) => figureOf(view, compared, results)), notes: notesOf(settings) }
}

/** What each figure shows. */
const views = [
  { name: 'attempts-grant', title: 'Attempts per grant', of: attemptsPerGrant },
  {
    name: 'attempts-wait',
    title: 'Waiting for a grant',
    unit: 's',
    of: ({ outcomes }: StrategyResult) => mean(waitsOf(outcomes)) / 1000
  }
] as const

function figureOf(
  { name, title, of, ...view }: (typeof views)[number],
  compared: readonly Strategy[],
  results: ReadonlyMap<number, readonly StrategyResult[]>
): Figure {
  const lines = compared.map((strategy, place) => ({
    name: strategy.title,
    colour: strategy.colour,
    points: [...results].map(([load, ofLoad]) => ({ x: load, y: of(ofLoad[place] as StrategyResult) }))
  }))
  const unit = 'unit' in view ? { unit: view.unit } : {}
  const at95 = lines.map((line) => `${line.name} ${numberText(line.points[1]?.y ?? 0)}${'unit' in view ? ' s' : ''}`)
  return {
    name,
    caption: `With 95 % of all slots asked for, ${title.toLowerCase()}: ${at95.join('; ')}.`,
    chart: {
      title,
      subtitle: 'means over all requests',
      x: { label: 'slots asked for on average', unit: '%', scale: 'linear', from: 0.75, to: 1 },
      y: { label: title.toLowerCase(), ...unit, scale: 'linear', from: 0 },
      lines
    }
  }
}

function notesOf(settings: Settings): readonly string[] {
  return [
    `${settings.number('owners')} owners of ${settings.number('slots')} slots. Requests for one slot arrive at random (Poisson) and last 60 s on average (exponential).`,
    'Random tries one machine without asking. Power of two and four probes ask so many what is free (a round trip) and try the best; an attempt is one time that machines were asked, or one was tried. A directory is a copy of what is free; a machine with room by the copy is tried, any one. To try takes a round trip.',
    `Whoever fails waits 250 ms, then twice as long each time, ${settings.number('retry-max')} s at most, with jitter.`
  ]
}

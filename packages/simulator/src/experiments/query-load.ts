import { derivedRandom } from '../cloud/derived-random.ts'
import { unlimited } from '../papers/capacity.ts'
import type { Experiment, Progress, Report } from './experiment.ts'
import { compareUnderLoad, type LoadRun } from './load-comparison.ts'
import { evenSteps, type Series } from './load-figure.ts'
import { loadNotes } from './load-notes.ts'
import {
  deploymentOf,
  nodesParameter,
  popularityParameter,
  schemesParameter,
  seedParameter,
  workloadInit,
  workloadParameters
} from './load-parameters.ts'
import { runArrivals } from './load-run.ts'
import type { Settings } from './parameters.ts'
import { createWorkload } from './workload.ts'

/** Services registered in a second before the first query: slowly enough for any scheme. */
const fillPerSecond = 100
/** How long a network rests between two loads, in ms: every rate has recovered then. */
const restMs = 2_000

/** S1's Figure 9: how many queries are answered in full, as more and more come in the same time. */
export const queryLoad: Experiment = {
  name: 'query-load',
  question: 'how many queries are answered as more come in the same time? (S1, Figure 9)',
  takesSeconds: 60,
  parameters: [
    seedParameter,
    nodesParameter,
    { name: 'queries', about: 'queries of the highest load', default: 10_000, min: 10, max: 20_000 },
    { name: 'loads', about: 'loads in even steps up to the highest', default: 5, min: 1, max: 20 },
    { name: 'seconds', about: 'time in which the queries of one load come', unit: 's', default: 5, min: 1, max: 1000 },
    { name: 'services', about: 'services registered before, without any bound', default: 1000, min: 1, max: 20_000 },
    {
      name: 'query-rate',
      about: 'queries, or parts of them, that a node answers in a second',
      unit: '1/s',
      default: 100,
      min: 1,
      max: 1_000_000
    },
    popularityParameter,
    schemesParameter('attribute-shards', 'matrix', 'cloudpeer'),
    ...workloadParameters
  ],
  run
}

async function run(settings: Settings, progress: Progress): Promise<Report> {
  const compared = { what: 'queries', load: `queries in ${settings.number('seconds')} s`, run: runScheme }
  return { figures: await compareUnderLoad(compared, settings, progress), notes: [...loadNotes(settings), windowNote] }
}

const windowNote =
  'All queries of a load come within the same time, at random (Poisson), so that more queries are a higher rate. The loads follow each other on one network, the lowest first: a matrix keeps what it has grown.'

async function runScheme({ scheme, settings, popularity, report }: LoadRun): Promise<Series['points']> {
  const seed = settings.number('seed')
  const nodes = settings.number('nodes')
  const init = workloadInit(settings, popularity)
  const services = createWorkload(derivedRandom(seed, `services ${popularity}`), init)
  const queries = createWorkload(derivedRandom(seed, `queries ${popularity}`), init)
  const capacity = { ...unlimited, queriesPerSecond: settings.number('query-rate') }
  const network = await scheme.deploy(deploymentOf(settings, nodes, capacity, services))
  const chosen = derivedRandom(seed, 'askers')
  const arrivals = derivedRandom(seed, 'arrivals')
  await runArrivals(network.time, arrivals, { count: settings.number('services'), perSecond: fillPerSecond }, async (index) => {
    return (await network.register(chosen.integer(nodes), services.service(index))).ok
  })
  const loads = evenSteps(settings.number('queries'), settings.number('loads'))
  const total = loads.reduce((sum, count) => sum + count, 0)
  const points = []
  let asked = 0
  for (const count of loads) {
    await network.time.advance(restMs)
    const answered = await runArrivals(network.time, arrivals, { count, perSecond: count / settings.number('seconds') }, async () => {
      report(asked++ / total)
      return (await network.query(chosen.integer(nodes), queries.query())).ok
    })
    points.push({ x: count, y: answered.filter(Boolean).length / count })
  }
  await network.stop()
  return points
}

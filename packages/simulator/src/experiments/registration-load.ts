import { derivedRandom } from '../cloud/derived-random.ts'
import { type Capacity, unlimited } from '../papers/capacity.ts'
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

/** Loads at which a curve is drawn. */
const loads = 10
/** After so many refusals in a row a network is taken to be full: what it has registered never leaves. */
const refusedInARowMax = 200
const fullNote = `A network that has refused ${refusedInARowMax} services in a row is taken to be full: what is registered never leaves, so the rest of its curve is computed as if all others were refused.`

/** S1's Figure 8: how many of the services that arrive are registered, as more and more have arrived. */
export const registrationLoad: Experiment = {
  name: 'registration-load',
  question: 'how many registrations succeed as services fill the network? (S1, Figure 8)',
  takesSeconds: 100,
  parameters: [
    seedParameter,
    nodesParameter,
    { name: 'services', about: 'services that arrive, one after the other', default: 8_000, min: 10, max: 20_000 },
    { name: 'rate', about: 'services that arrive in a second', unit: '1/s', default: 50, min: 1, max: 1000 },
    { name: 'pairs-max', about: 'attribute-value pairs that a node holds', default: 500, min: 1, max: 1_000_000 },
    { name: 'registration-rate', about: 'pairs that a node registers in a second', unit: '1/s', default: 100, min: 1, max: 1_000_000 },
    popularityParameter,
    schemesParameter('attribute-shards', 'matrix', 'cloudpeer', 'cloudpeer-as-shipped'),
    ...workloadParameters
  ],
  run
}

async function run(settings: Settings, progress: Progress): Promise<Report> {
  const compared = { what: 'registrations', load: 'services that have arrived', run: runScheme }
  return { figures: await compareUnderLoad(compared, settings, progress), notes: [...loadNotes(settings), fullNote] }
}

async function runScheme({ scheme, settings, popularity, report }: LoadRun): Promise<Series['points']> {
  const seed = settings.number('seed')
  const nodes = settings.number('nodes')
  const count = settings.number('services')
  const workload = createWorkload(derivedRandom(seed, `services ${popularity}`), workloadInit(settings, popularity))
  const network = await scheme.deploy(deploymentOf(settings, nodes, capacityOf(settings), workload))
  const owners = derivedRandom(seed, 'owners')
  let refusedInARow = 0
  const outcomes = await runArrivals(
    network.time,
    derivedRandom(seed, 'arrivals'),
    { count, perSecond: settings.number('rate'), isOver: () => refusedInARow >= refusedInARowMax },
    async (index) => {
      report(index / count)
      const { ok } = await network.register(owners.integer(nodes), workload.service(index))
      refusedInARow = ok ? 0 : refusedInARow + 1
      return ok
    }
  )
  await network.stop()
  return evenSteps(count, loads).map((arrived) => ({ x: arrived, y: outcomes.slice(0, arrived).filter(Boolean).length / arrived }))
}

function capacityOf(settings: Settings): Capacity {
  return {
    ...unlimited,
    pairsMax: settings.number('pairs-max'),
    registrationsPerSecond: settings.number('registration-rate')
  }
}

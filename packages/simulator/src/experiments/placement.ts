import { strategiesNamed } from '../placement/strategies.ts'
import { numberText } from './chart/number-text.ts'
import type { Experiment, Progress, Report } from './experiment.ts'
import { seedParameter } from './load-parameters.ts'
import type { Settings } from './parameters.ts'
import { gpusFigure, waitsFigure } from './placement-figures.ts'
import { clusterInit, oneWayParameter, retryParameter, strategiesParameter } from './placement-parameters.ts'
import { classesTable, summaryTable } from './placement-tables.ts'
import { type Replayed, replayedBy } from './replayed.ts'
import { compareStrategies } from './strategy-comparison.ts'

/** The requests of a real cluster, replayed. */
export const placement: Experiment = {
  name: 'placement',
  question: 'how many requests of a real cluster are placed, how soon, and at what price?',
  takesSeconds: 90,
  parameters: [
    seedParameter,
    {
      name: 'trace',
      about: "directory with nodes.csv and pods.csv of Alibaba's cluster-trace-gpu-v2023; has to be given",
      default: '',
      path: true
    },
    { name: 'load', about: 'how much faster the requests come; they last as long', default: 1, min: 1, max: 100_000 },
    { name: 'every', about: 'only one machine in so many is there', default: 1, min: 1, max: 1000 },
    oneWayParameter,
    retryParameter(60),
    strategiesParameter('cloudpeer', 'matching-only', 'central-best-fit', 'central-first-fit', 'central-random', 'power-of-two')
  ],
  run
}

async function run(settings: Settings, progress: Progress, readFile: (path: string) => Uint8Array): Promise<Report> {
  const replayed = replayedBy(settings, readFile)
  const init = { ...clusterInit(settings), machines: replayed.machines }
  const strategies = strategiesNamed(settings.words('strategies'))
  const results = await compareStrategies(strategies, init, replayed, (share, { title }) => progress(share, title))
  return {
    figures: [gpusFigure(results, replayed), waitsFigure(results, replayed)],
    tables: [summaryTable(results, replayed, 2 * init.oneWayMs), classesTable(results)],
    notes: notesOf(replayed, settings)
  }
}

function notesOf({ machines, jobs, untilMs }: Replayed, settings: Settings): readonly string[] {
  const load = settings.number('load')
  return [
    `${numberText(jobs.length)} requests on ${numberText(machines.length)} machines in ${numberText(untilMs / 86_400_000)} days${load === 1 ? ', as they came' : `: they come ${numberText(load)} times as fast and last as long as they did`}. A request that was never scheduled in the trace lasts as long as the median of the others. A request is placed if it had its grant ten minutes after the last one arrived; none gives up before.`,
    'The central strategies know everything at once, without any time or message; every time something arrives or is given back, they go through one queue in the order of arrival and place whatever fits. There are no reservations: each request is for one machine.',
    `Power of two has no queue: two random machines are asked what is free (a round trip), the better is asked to take it (another); after a failure it waits 250 ms, then twice as long each time, ${settings.number('retry-max')} s at most, with jitter.`,
    'Cloudpeer: the code that ships, an owner, a matcher and a requester on each machine, over a simulated network with a directory at rest; requests come from random machines, what would be told anew every 20 s is told every ten days. Messages are all requests and replies, three matchers among the receivers; that each owner publishes what it has free after a change is not among them. Matching only: its policy with perfect knowledge, without time and messages.',
    'An attempt is one time that a machine was asked to take a unit, or that machines were asked for room. Cloudpeer signs its grants: their time includes the connections that have to be opened.'
  ]
}

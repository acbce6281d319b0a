import { derivedRandom } from '../cloud/derived-random.ts'
import { unlimited } from '../papers/capacity.ts'
import type { DiscoveryNetwork, Outcome, Scheme } from '../papers/scheme.ts'
import type { Line, Point } from './chart/chart.ts'
import { numberText } from './chart/number-text.ts'
import { type CostModel, costModels } from './cost-model.ts'
import type { Experiment, Figure, Progress, Report } from './experiment.ts'
import { deploymentOf, nodesParameter, schemesParameter, seedParameter, workloadInit, workloadParameters } from './load-parameters.ts'
import type { Settings } from './parameters.ts'
import { schemes, schemesNamed } from './schemes.ts'
import { createWorkload } from './workload.ts'

/** Sizes of networks that are measured, as far as they are not larger than asked for. */
const sizes = [10, 30, 100, 300, 1000] as const
/** How often a query is asked before it is measured: any of several replicas may answer it, and each has to be connected. */
const queryWarmUps = 20
/** How long all messages of an operation may take after its originator has its answer, in ms. */
const settleMs = 1_000

/** What messages and time an operation takes, by the size of the network. */
export const cost: Experiment = {
  name: 'cost',
  question: 'what do a query and a registration cost in messages and time, as the network grows?',
  takesSeconds: 20,
  parameters: [
    seedParameter,
    { ...nodesParameter, about: `nodes of the largest network; measured at ${sizes.join(', ')}`, default: 300, min: 10 },
    { name: 'operations', about: 'registrations, and queries, measured at each size', default: 50, min: 1, max: 1000 },
    schemesParameter('attribute-shards', 'matrix', 'cloudpeer'),
    ...workloadParameters
  ],
  run
}

/** Means over the operations of one network. */
interface Measured {
  readonly nodes: number
  readonly registration: Cost
  readonly query: Cost
}

interface Cost {
  /** One-way messages. */
  readonly messages: number
  /** Round trips. */
  readonly roundTrips: number
}

/** An operation by a node, under an id of its own. */
type Operation = (node: number, id: number) => Promise<Outcome>

/** What each figure shows. */
const views = [
  { name: 'query-messages', operation: 'query', measure: 'messages', title: 'Messages of a query', label: 'one-way messages per query' },
  { name: 'query-latency', operation: 'query', measure: 'roundTrips', title: 'Time of a query', label: 'latency per query' },
  {
    name: 'registration-messages',
    operation: 'registration',
    measure: 'messages',
    title: 'Messages of a registration',
    label: 'one-way messages per registration'
  },
  {
    name: 'registration-latency',
    operation: 'registration',
    measure: 'roundTrips',
    title: 'Time of a registration',
    label: 'latency per registration'
  }
] as const

async function run(settings: Settings, progress: Progress): Promise<Report> {
  const compared = schemesNamed(settings.words('schemes'))
  const measured = sizes.filter((size) => size <= settings.number('nodes'))
  const steps = compared.flatMap((scheme) => measured.map((nodes) => ({ scheme, nodes })))
  const total = steps.reduce((sum, { nodes }) => sum + nodes, 0)
  const results = new Map<Scheme, Measured[]>(compared.map((scheme) => [scheme, []]))
  let done = 0
  for (const { scheme, nodes } of steps) {
    progress(done / total, `${scheme.title}, ${nodes} nodes`)
    results.get(scheme)?.push(await measure(scheme, nodes, settings))
    done += nodes
  }
  const models = costModels(settings)
  return { figures: views.map((view) => figureOf(view, results, models, settings)), notes: notesOf(settings) }
}

async function measure(scheme: Scheme, nodes: number, settings: Settings): Promise<Measured> {
  const seed = settings.number('seed')
  const workload = createWorkload(derivedRandom(seed, 'operations'), workloadInit(settings, 'uniform'))
  const network = await scheme.deploy(deploymentOf(settings, nodes, unlimited, workload))
  const originators = derivedRandom(seed, 'originators')
  const meter = {
    network,
    originator: () => originators.integer(nodes),
    count: settings.number('operations'),
    roundTripMs: 2 * settings.number('one-way')
  }
  const registration = await meanCost(meter, 1, () => {
    const service = workload.service(0)
    return (node, id) => network.register(node, { ...service, id })
  })
  const query = await meanCost(meter, queryWarmUps, () => {
    const terms = workload.query()
    return (node) => network.query(node, terms)
  })
  await network.stop()
  return { nodes, registration, query }
}

/** What operations are measured with. */
interface Meter {
  readonly network: DiscoveryNetwork
  readonly originator: () => number
  readonly count: number
  readonly roundTripMs: number
}

/** The last time that an operation is done counts, each time under another id: the times before open the connections that it needs. */
async function meanCost({ network, originator, count, roundTripMs }: Meter, warmUps: number, draw: () => Operation): Promise<Cost> {
  let [messages, latencyMs, ids] = [0, 0, 0]
  for (let index = 0; index < count; index++) {
    const operation = draw()
    const node = originator()
    for (let time = 0; time < warmUps; time++) await network.time.settle(operation(node, ids++))
    await network.time.advance(settleMs)
    const before = network.messages
    latencyMs += (await network.time.settle(operation(node, ids++))).latencyMs
    await network.time.advance(settleMs)
    messages += network.messages - before
  }
  return { messages: messages / count, roundTrips: latencyMs / count / roundTripMs }
}

function figureOf(
  { name, operation, measure, title, label }: (typeof views)[number],
  results: ReadonlyMap<Scheme, readonly Measured[]>,
  models: readonly CostModel[],
  settings: Settings
): Figure {
  const measured = [...results].map(
    ([scheme, points]): Line => ({
      name: scheme.title,
      colour: schemes.indexOf(scheme),
      points: points.map((point) => ({ x: point.nodes, y: point[operation][measure] }))
    })
  )
  const modelled = [...results].flatMap(([scheme, points]) =>
    models
      .filter((model) => model.scheme === scheme.name)
      .map(
        (model): Line => ({
          name: model.name,
          colour: schemes.indexOf(scheme),
          isModel: true,
          points: points.map(({ nodes }): Point => ({ x: nodes, y: model[operation](nodes)[measure] }))
        })
      )
  )
  const inTime = measure === 'roundTrips'
  const roundTripMs = 2 * settings.number('one-way')
  const ends = measured.map((line) => endText(line, inTime ? roundTripMs : undefined))
  return {
    name,
    caption: `In a network of ${numberText(Math.max(...measured.flatMap(({ points }) => points.map(({ x }) => x))))} nodes a ${operation} takes: ${ends.join('; ')}.`,
    chart: {
      title,
      subtitle: inTime ? `mean on open connections, a round trip is ${roundTripMs} ms` : 'mean over all nodes of a network at rest',
      x: { label: 'nodes of the network', scale: 'log' },
      y: { label, ...(inTime && { unit: 'round trips' }), scale: 'linear', from: 0 },
      lines: [...measured, ...modelled]
    }
  }
}

function endText({ name, points }: Line, roundTripMs: number | undefined): string {
  const end = points.at(-1)?.y ?? 0
  return roundTripMs === undefined
    ? `${name} ${numberText(end)} messages`
    : `${name} ${numberText(end)} round trips (${numberText(end * roundTripMs)} ms)`
}

function notesOf(settings: Settings): readonly string[] {
  const [perService, perQuery] = [settings.number('per-service'), settings.number('per-query')]
  return [
    'All settings stand in for numbers of S1 that are lost, and are ours. No capacity is bounded, nothing fails, attributes are equally frequent.',
    'A message is counted one way, replies and acknowledgements too; what a node asks itself costs none. Background traffic is not counted. Each operation is repeated and measured the last time, when the connections that it needs are open.',
    `Model S1: A (L + 2) messages for a registration and q (L + 2) for a query, (L + 2) / 2 round trips for each, with L = log2(N) / 2 hops to the node before a key's, one more to the key's and one reply; A = ${perService}, q = ${perQuery}. Measured times are longer: the slowest of A or q look-ups counts. Model matrix: the same with one row and column, and one look-up for a query; the size of a matrix is known from the first time.`,
    `Model Cloudpeer: 2 messages and 1 round trip for a query; for a registration 2 messages and 1 round trip for each of the different nodes that hold its shards, ${settings.number('replicas')} copies of each. The papers' schemes keep one copy of each pair, without any for failures.`
  ]
}

import { parseDescription, parseSchema } from '@cloudpeer/model'
import { inTurn, median, ratePerSecond } from './parts/measure.ts'
import { cpuMs, cpuMsOf } from './parts/probe.ts'
import { startRemotePair } from './parts/remote-pair.ts'
import { connectSession } from './parts/session-client.ts'
import { startWholeNode } from './parts/whole-node.ts'
import { workloadQueries, workloadSchema, workloadServices } from './parts/workload.ts'

/** A way to work, and the process that does the other half of it. */
interface Operation {
  readonly name: string
  readonly child: Parameters<typeof cpuMsOf>[0]
  readonly run: () => Promise<unknown>
}

const rounds = 3
const roundMs = 400
/** How long an operation runs before it is measured: all queries are compiled then, and so is the code. */
const warmUpMs = 1500
const inFlights = [1, 16, 64]

const services = workloadServices()
const nextQuery = inTurn(workloadQueries().map(({ expression }) => expression))
const nextService = inTurn(services)
const pageMax = 1000

const node = await startWholeNode()
const session = await connectSession(node)
const pair = await startRemotePair(workloadSchema, services)
const schema = parseSchema(workloadSchema)

const operations: readonly Operation[] = [
  { name: 'query 20, session', child: node.child, run: () => session.query({ expression: nextQuery(), limit: 20 }) },
  { name: 'query 20, HTTP', child: node.child, run: () => node.http.post('/v1/query', { expression: nextQuery(), limit: 20 }) },
  { name: 'query 20, node to node', child: pair.child, run: () => pair.asker.registry.query({ expression: nextQuery(), limit: 20 }) },
  { name: 'query all, session', child: node.child, run: () => allPages((request) => session.query(request)) },
  {
    name: 'query all, HTTP',
    child: node.child,
    run: () => allPages(async (request) => (await node.http.post('/v1/query', request)) as Page)
  },
  { name: 'query all, node to node', child: pair.child, run: () => allPages((request) => pair.asker.registry.query(request)) },
  { name: 'register, HTTP', child: node.child, run: () => node.http.post('/v1/services', { services: [nextService()] }) },
  { name: 'register, node to node', child: pair.child, run: () => pair.asker.registry.register([parseDescription(nextService(), schema)]) }
]

console.log(`${services.length} services; operations a second (CPU microseconds an operation here + there)`)
console.log(`${''.padEnd(26)}${inFlights.map((inFlight) => `${inFlight} in flight`.padStart(24)).join('')}`)
for (const operation of operations) await measure(operation)

await session.stop()
await node.stop()
await pair.stop()

async function measure({ name, child, run }: Operation): Promise<void> {
  const cells: string[] = []
  await ratePerSecond(16, warmUpMs, run)
  for (const inFlight of inFlights) {
    const samples: Awaited<ReturnType<typeof sampled>>[] = []
    for (let round = 0; round < rounds; round++) samples.push(await sampled(inFlight, child, run))
    const middle = (of: (sample: (typeof samples)[number]) => number): string => median(samples.map(of)).toFixed(0)
    cells.push(`${middle(({ rate }) => rate)} (${middle(({ hereUs }) => hereUs)} + ${middle(({ thereUs }) => thereUs)})`)
  }
  console.log(`${name.padEnd(26)}${cells.map((cell) => cell.padStart(24)).join('')}`)
}

async function sampled(inFlight: number, child: Operation['child'], run: Operation['run']) {
  const there = await cpuMsOf(child)
  const here = cpuMs()
  const began = performance.now()
  const rate = await ratePerSecond(inFlight, roundMs, run)
  const operations = (rate * (performance.now() - began)) / 1000
  return { rate, hereUs: ((cpuMs() - here) / operations) * 1000, thereUs: (((await cpuMsOf(child)) - there) / operations) * 1000 }
}

/** One page of an answer, as far as reading on needs it. */
interface Page {
  readonly more: boolean
  readonly next?: string
}

async function allPages(ask: (request: { expression: string; limit: number; after?: string }) => Promise<Page>): Promise<void> {
  const request = { expression: nextQuery(), limit: pageMax }
  let page = await ask(request)
  while (page.more) page = await ask({ ...request, after: page.next as string })
}

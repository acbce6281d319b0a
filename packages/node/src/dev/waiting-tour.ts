import { allRequests, isWaiting, type RequestReport, type WaitingReport } from '@cloudpeer/api'
import { type Clock, CloudError, present, sleep } from '@cloudpeer/core'
import type { DevCapacity } from './dev-capacity.ts'
import type { DevNetwork, DevNode } from './dev-network.ts'

/** What somebody asks for in the example of Ranjan et al. (2010), Table 5. */
export interface ExampleRequest {
  readonly title: string
  readonly expression: string
}

/** The three requests: type of service, speed, one core, place. */
export const exampleRequests: readonly ExampleRequest[] = [
  { title: 'web hosting, more than 2 GHz, USA', expression: 'service_type == "web hosting" && clock_mhz > 2000 && region == "usa"' },
  {
    title: 'scientific simulation, more than 2 GHz, Singapore',
    expression: 'service_type == "scientific simulation" && clock_mhz > 2000 && region == "singapore"'
  },
  {
    title: 'credit-card authenticator, more than 2.4 GHz, Europe',
    expression: 'service_type == "authenticator" && clock_mhz > 2400 && region == "europe"'
  }
]

/** The machine that appears: VM 2 of Table 6. It suits the third request alone. */
const vm2: DevCapacity = {
  cpu: 1,
  memory: '2GiB',
  disk: '10GiB',
  attributes: { service_type: 'authenticator', clock_mhz: 2700, region: 'europe' }
}
const suited = 2

/** A request of the example before and after the machine has appeared. */
export interface ExampleResult extends ExampleRequest {
  readonly node: DevNode
  readonly before: RequestReport
  readonly whyBefore: WaitingReport
  readonly after: RequestReport
  /** Absent where it does not wait any more. */
  readonly whyAfter?: WaitingReport
}

/** How the example went. */
export interface WaitingTour {
  readonly results: readonly ExampleResult[]
  /** The machine that appeared. */
  readonly vm: DevNode
  /** From when the machine was up until the request that suits it was granted, in ms. */
  readonly grantedMs: number
  /** Whether the third request alone was granted, and by that machine. */
  readonly right: boolean
}

/** How long all nodes may take to hear of each other's offers, and a request that fits to be granted, in ms. */
const patienceMs = 30_000
const pollMs = 100
const oneCore = { cpuMilli: 1000 }

/** Asks the three requests at three nodes, lets the machine appear that suits one of them, and tells who waits and why. TIMED_OUT. */
export async function takeWaitingTour(network: DevNetwork, clock: Clock, signal: AbortSignal): Promise<WaitingTour> {
  const { nodes } = network
  const askers = exampleRequests.map((_, index) => nodes[(index * 2 + 1) % nodes.length] as DevNode)
  await Promise.all(askers.map((node) => withdrawFormer(node, signal)))
  const offering = nodes.length
  const asked = await Promise.all(exampleRequests.map((request, index) => ask(request, askers[index] as DevNode, offering, clock, signal)))
  const vm = await network.add('vm-2', vm2)
  const startMs = clock.now()
  await granted(present(asked[suited], 'the third request'), clock, signal)
  const grantedMs = clock.now() - startMs
  const results = await Promise.all(asked.map((request) => lookAgain(request, signal)))
  return { results, vm, grantedMs, right: results.every(({ after }, index) => isRight(after, index, vm)) }
}

/** A network that has come back may still have the requests of its last tour. */
async function withdrawFormer({ client }: DevNode, signal: AbortSignal): Promise<void> {
  const former = (await allRequests(client, { signal })).filter(
    ({ state, expression }) => (state === 'granted' || isWaiting({ state })) && exampleRequests.some((one) => one.expression === expression)
  )
  await Promise.all(former.map(({ id }) => client.cancelRequest({ id }, { signal })))
}

type Asked = Pick<ExampleResult, 'title' | 'expression' | 'node' | 'before' | 'whyBefore'>

/** Asks, and waits until the matchers that say why know all that is offered. */
async function ask(request: ExampleRequest, node: DevNode, offering: number, clock: Clock, signal: AbortSignal): Promise<Asked> {
  const { client } = node
  const { id } = await client.createRequest({ expression: request.expression, amounts: oneCore }, { signal })
  const endMs = clock.now() + patienceMs
  for (;;) {
    const whyBefore = await client.explainRequest({ id }, { signal })
    if (whyBefore.owners >= offering && whyBefore.answered === whyBefore.asked) {
      return { ...request, node, before: await client.request({ id }, { signal }), whyBefore }
    }
    if (clock.now() > endMs) throw new CloudError('TIMED_OUT', { operation: 'the spreading of the offers', timeoutMs: patienceMs })
    await sleep(clock, pollMs, signal)
  }
}

async function granted({ node, before: { id } }: Asked, clock: Clock, signal: AbortSignal): Promise<void> {
  const endMs = clock.now() + patienceMs
  while (isWaiting(await node.client.request({ id, waitMs: 5000 }, { signal }))) {
    if (clock.now() > endMs) throw new CloudError('TIMED_OUT', { operation: 'the grant of a request that fits', timeoutMs: patienceMs })
  }
}

async function lookAgain(asked: Asked, signal: AbortSignal): Promise<ExampleResult> {
  const { client } = asked.node
  const { id } = asked.before
  const after = await client.request({ id }, { signal })
  if (!isWaiting(after)) return { ...asked, after }
  return { ...asked, after, whyAfter: await client.explainRequest({ id }, { signal }) }
}

function isRight(after: RequestReport, index: number, { peerId }: DevNode): boolean {
  if (index !== suited) return isWaiting(after)
  return after.state === 'granted' && after.units.every(({ lease }) => lease?.startsWith(`${peerId}.`))
}

import { allLeases, allRequests, isUndecided } from '@cloudpeer/api'
import { type Clock, isCloudError, type Random, sleep } from '@cloudpeer/core'
import type { DevNetwork, DevNode } from '@cloudpeer/node/dev'

/** What the trouble is made with. */
export interface TroubleParts {
  readonly network: DevNetwork
  readonly random: Random
  readonly clock: Clock
  /** Aborts when the trouble is to end. */
  readonly signal: AbortSignal
}

/** What was done. */
export interface Done {
  asked: number
  givenBack: number
  changed: number
  kills: number
  /** Nodes that were killed and have not come back, by index. */
  readonly down: Set<number>
  /** What a node must not answer, each once. */
  readonly wrong: Set<string>
}

/** The most requests of one node that are open at once: half as many again as there is room for. */
const openMax = 5
/** The most nodes that are down at once. */
const downMax = 3
/** What may go wrong with a node that is killed at any moment, or is asked for what has just ended. */
const expected = [
  'API_UNREACHABLE',
  'TIMED_OUT',
  'CANCELLED',
  'STOPPED',
  'OVERLOADED',
  'LEASE_UNKNOWN',
  'LEASE_LATE',
  'REQUEST_UNKNOWN',
  'REQUEST_ENDED',
  'CAPACITY_IN_USE',
  'UNREACHABLE'
]

/** Asks at a node for capacity, gives it back, and changes what the node offers, until the trouble ends. */
export async function keepAsking(parts: TroubleParts, index: number, done: Done): Promise<void> {
  const { network, random, clock, signal } = parts
  while (!signal.aborted) {
    await actOnce(network.nodes[index] as DevNode, random, done).catch((error: unknown) => {
      if (!isCloudError(error)) throw error
      if (!expected.includes(error.code)) done.wrong.add(`${error.code}: ${error.message}`)
    })
    await sleep(clock, 20 + random.integer(400), signal).catch(ended)
  }
}

async function actOnce({ index, client }: DevNode, random: Random, done: Done): Promise<void> {
  if (done.down.has(index)) return
  const choice = random.next()
  if (choice < 0.1) {
    const { total } = await client.capacity()
    await client.setCapacity({ total: { ...total, cpuMilli: 2000 + 1000 * random.integer(3) } })
    done.changed++
  } else if (choice < 0.35) {
    await giveBack(client, random)
    done.givenBack++
  } else if ((await allRequests(client)).filter(({ state }) => state === 'granted' || isUndecided({ state })).length < openMax) {
    await client.createRequest({ expression: 'true', ...shape(random) })
    done.asked++
  }
}

async function giveBack(client: DevNode['client'], random: Random): Promise<void> {
  const leases = await allLeases(client, 'requester')
  const requests = (await allRequests(client)).filter(({ state }) => state === 'granted' || isUndecided({ state }))
  const lease = leases[random.integer(leases.length + 1)]
  const request = requests[random.integer(requests.length + 1)]
  if (random.next() < 0.5 && lease !== undefined) await client.releaseLease({ id: lease.id })
  else if (request !== undefined) await client.cancelRequest({ id: request.id })
}

function shape(random: Random) {
  const count = 1 + random.integer(3)
  const duration = random.next() < 0.5 ? { durationMs: 500 + random.integer(6000) } : {}
  const amounts =
    random.next() < 0.25 ? { gpu: { milli: 500 } } : { cpuMilli: 500 * (1 + random.integer(5)), memoryMib: 1024 * random.integer(3) }
  return { amounts, count, gang: random.next() < 0.3, priority: random.integer(10), ...duration }
}

/** Kills nodes at random moments and starts them again, until the trouble ends; all nodes run when it resolves. */
export async function keepKilling({ network, random, clock, signal }: TroubleParts, done: Done): Promise<void> {
  const coming = new Set<Promise<unknown>>()
  while (!signal.aborted) {
    await sleep(clock, 300 + random.integer(2500), signal).catch(ended)
    const victims = network.nodes.filter(({ index }) => !done.down.has(index))
    const victim = victims[random.integer(victims.length)]
    if (signal.aborted || victim === undefined || done.down.size >= downMax) continue
    done.kills++
    const back = killAndStart(network, victim, 200 + random.integer(3000), clock, done).finally(() => coming.delete(back))
    coming.add(back)
  }
  await Promise.all(coming)
}

async function killAndStart(network: DevNetwork, { index, process }: DevNode, downMs: number, clock: Clock, done: Done): Promise<void> {
  done.down.add(index)
  await process.kill()
  await sleep(clock, downMs)
  await network.start(index)
  done.down.delete(index)
}

function ended(error: unknown): void {
  if (!isCloudError(error, 'CANCELLED')) throw error
}

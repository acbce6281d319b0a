import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Client, createClient } from '@cloudpeer/api'
import { type Clock, CloudError, present, sleep } from '@cloudpeer/core'
import type { Ready } from '../daemon/start-node.ts'
import { catalogueSchema, type Location, locationOf } from './catalogue/catalogue.ts'
import { type DevCapacity, devCapacity } from './dev-capacity.ts'
import { type NodeProcess, startNodeProcess } from './node-process.ts'
import '../errors.ts'

/** A node of the development network. */
export interface DevNode extends Ready {
  readonly index: number
  readonly location: Location
  readonly process: NodeProcess
  readonly client: Client
}

/** Nodes that know each other. */
export interface DevNetwork {
  /** By index; a node that was started again has taken the place of its former process. */
  readonly nodes: readonly DevNode[]
  /** Starts one more node (`index` is the number of nodes), or one that has ended again with its data. NODE_ENDED, CANCELLED. */
  start(index: number): Promise<DevNode>
  /** Starts one more node, of a name and a capacity of its own, that knows nothing of an earlier run. NODE_ENDED, CANCELLED. */
  add(name: string, capacity: DevCapacity): Promise<DevNode>
  /** Ends all nodes. */
  stop(): Promise<void>
}

/** What a development network is started with. */
export interface DevNetworkInit {
  readonly nodes: number
  /** Holds one data directory for each node. */
  readonly directory: string
  /** The API port of the first node; 0 lets the system choose each. */
  readonly apiPort: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What else is in the configuration file of each node. */
  readonly settings?: object
  /** Told how many nodes are up. */
  readonly onProgress?: (up: number) => void
}

/** How long the nodes may take to know each other, in ms. */
const meetTimeoutMs = 60_000
const meetPollMs = 100
/** Addresses that a node started later is told to join by. */
const joinAddressesMax = 3

/**
 * Starts nodes on this machine: the first founds the network, the others join it, all at once, and all know each other
 * when this resolves. ADDRESS_IN_USE, before anything is started; NODE_ENDED; TIMED_OUT; CANCELLED. On an error nothing is left running.
 */
export async function startDevNetwork(init: DevNetworkInit): Promise<DevNetwork> {
  await checkPorts(init)
  const processes: NodeProcess[] = []
  const nodes: DevNode[] = []
  const start = async (index: number, place = placeOf(init, nodes, index)): Promise<DevNode> => {
    const node = await startNode(init, index, place, processes)
    nodes[index] = node
    return node
  }
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((node) => node.stop()))
  }
  try {
    await startNodes(init, start)
    await waitForMeeting(nodes, init)
    return {
      nodes,
      start: (index) => start(index),
      add: (name, capacity) => start(nodes.length, newPlace(init, nodes, name, capacity)),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startNodes(init: DevNetworkInit, start: (index: number) => Promise<DevNode>): Promise<void> {
  let up = 0
  const startOne = async (index: number): Promise<DevNode> => {
    const node = await start(index)
    init.onProgress?.(++up)
    return node
  }
  await startOne(0)
  await Promise.all(Array.from({ length: init.nodes - 1 }, (_, index) => startOne(index + 1)))
}

/** Where a node keeps its data, and its configuration file. */
interface Place {
  readonly directory: string
  readonly settings: object
}

async function startNode(init: DevNetworkInit, index: number, { directory, settings }: Place, processes: NodeProcess[]): Promise<DevNode> {
  const { clock, signal } = init
  const file = join(directory, 'dev.json')
  mkdirSync(directory, { recursive: true })
  writeFileSync(file, `${JSON.stringify(settings, undefined, 2)}\n`)
  const node = startNodeProcess({ index, args: [...nodeFlags(init, index), '--config', file], directory }, clock)
  processes.push(node)
  const ready = await unlessAborted(node.ready, signal)
  return { ...ready, index, location: locationOf(index), process: node, client: createClient({ baseUrl: ready.api, clock }) }
}

function placeOf({ directory, settings }: DevNetworkInit, nodes: readonly DevNode[], index: number): Place {
  const network = index === 0 ? { name: 'dev', schema: catalogueSchema } : { join: joinAddresses(nodes, index) }
  return { directory: join(directory, `node-${index}`), settings: { ...network, capacity: devCapacity(locationOf(index)), ...settings } }
}

function newPlace({ directory: parent }: DevNetworkInit, nodes: readonly DevNode[], name: string, capacity: DevCapacity): Place {
  const directory = join(parent, name)
  rmSync(directory, { recursive: true, force: true })
  return { directory, settings: { join: joinAddresses(nodes, nodes.length), capacity } }
}

/** Addresses of nodes that answer: a node that has no network yet asks one after the other. */
function joinAddresses(nodes: readonly DevNode[], index: number): readonly string[] {
  const running = nodes.filter((node) => node.index !== index && node.process.state === 'running')
  return running.slice(0, joinAddressesMax).map(({ addresses }) => present(addresses[0], 'a node that is up listens'))
}

function nodeFlags({ apiPort, nodes }: DevNetworkInit, index: number): readonly string[] {
  // The ports after those of the first nodes were not asked for, and may be somebody else's.
  const port = apiPort === 0 || index >= nodes ? 0 : apiPort + index
  return ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', `127.0.0.1:${port}`, '--label', `location=${locationOf(index)}`, '--json']
}

async function waitForMeeting(nodes: readonly DevNode[], { clock, signal }: DevNetworkInit): Promise<void> {
  const endMs = clock.now() + meetTimeoutMs
  for (const { client } of nodes) {
    while ((await client.status({}, { signal })).members < nodes.length) {
      if (clock.now() > endMs) throw new CloudError('TIMED_OUT', { operation: 'the meeting of the nodes', timeoutMs: meetTimeoutMs })
      await sleep(clock, meetPollMs, signal)
    }
  }
}

async function checkPorts({ nodes, apiPort }: DevNetworkInit): Promise<void> {
  if (apiPort !== 0) for (let index = 0; index < nodes; index++) await checkPort(apiPort + index)
}

function checkPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause) => reject(new CloudError('ADDRESS_IN_USE', { address: `127.0.0.1:${port}` }, { cause })))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve()))
  })
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new CloudError('CANCELLED'))
    if (signal.aborted) cancel()
    signal.addEventListener('abort', cancel, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel))
  })
}

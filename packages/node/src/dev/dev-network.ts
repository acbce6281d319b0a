import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Client, createClient } from '@cloudpeer/api'
import { type Clock, CloudError, present, sleep } from '@cloudpeer/core'
import type { Ready } from '../daemon/start-node.ts'
import { catalogueSchema, type Location, locationOf } from './catalogue/catalogue.ts'
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
  /** Told how many nodes are up. */
  readonly onProgress?: (up: number) => void
}

/** How long the nodes may take to know each other, in ms. */
const meetTimeoutMs = 60_000
const meetPollMs = 100
/** Addresses that a node started later is told to join by. */
const joinAddresses = 3

/**
 * Starts nodes on this machine: the first founds the network, the others join it, all at once, and all know each other
 * when this resolves. ADDRESS_IN_USE, before anything is started; NODE_ENDED; TIMED_OUT; CANCELLED. On an error nothing is left running.
 */
export async function startDevNetwork(init: DevNetworkInit): Promise<DevNetwork> {
  await checkPorts(init)
  const processes: NodeProcess[] = []
  const nodes: DevNode[] = []
  const start = async (index: number, flags: readonly string[]): Promise<DevNode> => {
    const node = await startNode(init, index, flags, processes)
    nodes[index] = node
    return node
  }
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((node) => node.stop()))
  }
  try {
    await startNodes(init, start)
    await waitForMeeting(nodes, init)
    return { nodes, start: (index) => start(index, index === 0 ? founderFlags(init) : joinFlags(nodes, index)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startNodes(init: DevNetworkInit, start: (index: number, flags: readonly string[]) => Promise<DevNode>): Promise<void> {
  let up = 0
  const startOne = async (index: number, flags: readonly string[]): Promise<DevNode> => {
    const node = await start(index, flags)
    init.onProgress?.(++up)
    return node
  }
  const first = await startOne(0, founderFlags(init))
  const address = present(first.addresses[0], 'a node that is up listens')
  await Promise.all(Array.from({ length: init.nodes - 1 }, (_, index) => startOne(index + 1, ['--join', address])))
}

async function startNode(init: DevNetworkInit, index: number, flags: readonly string[], processes: NodeProcess[]): Promise<DevNode> {
  const { clock, signal } = init
  const node = startNodeProcess({ index, args: [...nodeFlags(init, index), ...flags], directory: directoryOf(init, index) }, clock)
  processes.push(node)
  const ready = await unlessAborted(node.ready, signal)
  return { ...ready, index, location: locationOf(index), process: node, client: createClient({ baseUrl: ready.api, clock }) }
}

/** Addresses of nodes that answer: a node that has no network yet asks one after the other. */
function joinFlags(nodes: readonly DevNode[], index: number): readonly string[] {
  const running = nodes.filter((node) => node.index !== index && node.process.state === 'running')
  return running.slice(0, joinAddresses).flatMap(({ addresses }) => ['--join', present(addresses[0], 'a node that is up listens')])
}

function founderFlags(init: DevNetworkInit): readonly string[] {
  return ['--config', founderConfig(init)]
}

function nodeFlags({ apiPort, nodes }: DevNetworkInit, index: number): readonly string[] {
  // The ports after those of the first nodes were not asked for, and may be somebody else's.
  const port = apiPort === 0 || index >= nodes ? 0 : apiPort + index
  return ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', `127.0.0.1:${port}`, '--label', `location=${locationOf(index)}`, '--json']
}

function directoryOf({ directory }: DevNetworkInit, index: number): string {
  return join(directory, `node-${index}`)
}

function founderConfig(init: DevNetworkInit): string {
  mkdirSync(directoryOf(init, 0), { recursive: true })
  const file = join(directoryOf(init, 0), 'founder.json')
  writeFileSync(file, `${JSON.stringify({ name: 'dev', schema: catalogueSchema }, undefined, 2)}\n`)
  return file
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

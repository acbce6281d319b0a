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
  readonly nodes: readonly DevNode[]
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

/**
 * Starts nodes on this machine: the first founds the network, the others join it, all at once, and all know each other
 * when this resolves. ADDRESS_IN_USE, before anything is started; NODE_ENDED; TIMED_OUT; CANCELLED. On an error nothing is left running.
 */
export async function startDevNetwork(init: DevNetworkInit): Promise<DevNetwork> {
  await checkPorts(init)
  const processes: NodeProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((node) => node.stop()))
  }
  try {
    const nodes = await startNodes(init, processes)
    await waitForMeeting(nodes, init)
    return { nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startNodes(init: DevNetworkInit, processes: NodeProcess[]): Promise<readonly DevNode[]> {
  let up = 0
  const startOne = async (index: number, flags: readonly string[]): Promise<DevNode> => {
    const node = startNodeProcess({ index, args: [...nodeFlags(init, index), ...flags], directory: directoryOf(init, index) }, init.clock)
    processes.push(node)
    const ready = await unlessAborted(node.ready, init.signal)
    init.onProgress?.(++up)
    return { ...ready, index, location: locationOf(index), process: node, client: createClient({ baseUrl: ready.api, clock: init.clock }) }
  }
  const first = await startOne(0, ['--config', founderConfig(init)])
  const address = present(first.addresses[0], 'a node that is up listens')
  const others = Array.from({ length: init.nodes - 1 }, async (_, index) => startOne(index + 1, ['--join', address]))
  return [first, ...(await Promise.all(others))]
}

function nodeFlags({ apiPort }: DevNetworkInit, index: number): readonly string[] {
  const port = apiPort === 0 ? 0 : apiPort + index
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

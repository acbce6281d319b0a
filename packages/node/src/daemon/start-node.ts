import { type Clock, isCloudError, type Log, type Random } from '@cloudpeer/core'
import { createSigner, createVerifier } from '@cloudpeer/core/identity'
import { createFileStores } from '@cloudpeer/core/store'
import type { Schema } from '@cloudpeer/model'
import { createOverlay, openDescriptor, type SignedDescriptor } from '@cloudpeer/overlay'
import { createProvisioning, type Provisioning, type ProvisioningInit } from '@cloudpeer/provisioning'
import { createRegistry, type Drained } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'
import type { Config } from '../config/index.ts'
import { type DataDirectory, openDataDirectory } from '../data-directory/index.ts'
import { createScaleOut } from '../hooks/scale-out.ts'
import { createWorkloads } from '../hooks/workloads.ts'
import { startHttpServer } from '../http/server.ts'
import { createPrometheusMetrics, type PrometheusMetrics } from '../metrics/metrics.ts'
import { boundedStores } from './bounded-stores.ts'
import { publishConfiguredSchema } from './configured-schema.ts'
import { followSchema } from './current-schema.ts'
import { createHandlers } from './handlers.ts'
import { chosenPorts, withKeptPorts } from './kept-ports.ts'
import { knownNetwork } from './known-network.ts'
import { measureMachine, offeredCapacity, warnOfSmallMachine, warnOfUnusedCapacity } from './offered-capacity.ts'
import { rememberedAddresses, rememberPeers } from './peer-memory.ts'
import { watchProblems } from './problem-watch.ts'
import { observeProcess } from './process-metrics.ts'
import { version } from './version.ts'
import { type WatchedStores, watchStores } from './watched-stores.ts'

/** The machine as a node uses it. */
export interface Machine {
  readonly clock: Clock
  /** Of cryptographic quality: the node's key comes from it. */
  readonly random: Random
  readonly log: Log
}

/** How others find a running node. */
export interface Ready {
  readonly peerId: string
  readonly networkId: string
  /** Multiaddrs for `--join`. */
  readonly addresses: readonly string[]
  /** The URL of the API. */
  readonly api: string
}

/** A node that runs until it is stopped. */
export interface RunningNode {
  readonly ready: Ready
  /** Aborts when the node has been asked, by its API, to leave for good, and has handed over what it held: stop it then. */
  readonly left: AbortSignal
  /** Tells the others, ends everything, and lets go of the data directory. */
  stop(): Promise<void>
}

/** Everything that a node is made of, while it is put together. */
interface Parts extends Machine {
  readonly config: Config
  readonly directory: DataDirectory
  readonly metrics: PrometheusMetrics
  readonly cleanup: AsyncDisposableStack
  /** Aborted when the node leaves for good. */
  readonly leaving: AbortController
}

/**
 * Makes a running node of a configuration. Whatever has been started when a step fails or `signal` aborts is ended again,
 * in reverse order. Errors name what is in the way: DATA_DIRECTORY_IN_USE, DATA_FILE, ADDRESS_IN_USE, BAD_ADDRESS, WRONG_NETWORK.
 */
export async function startNode(config: Config, machine: Machine, signal: AbortSignal): Promise<RunningNode> {
  await using cleanup = new AsyncDisposableStack()
  const directory = openDataDirectory(config.data, machine)
  cleanup.defer(() => directory.close())
  const metrics = createPrometheusMetrics()
  observeProcess(metrics)
  const leaving = new AbortController()
  const ready = await compose({ ...machine, config, directory, metrics, cleanup, leaving }, signal)
  const running = cleanup.move()
  return { ready, left: leaving.signal, stop: async () => running.disposeAsync() }
}

async function compose(parts: Parts, signal: AbortSignal): Promise<Ready> {
  const { config, directory, clock, metrics, log, cleanup, leaving } = parts
  const signer = createSigner(directory.seed)
  const verifier = createVerifier()
  const network = await knownNetwork({ ...parts, signer, verifier, signal })
  const networkId = openDescriptor(network, verifier).id
  const transport = await startTransport(parts, networkId)
  const stores = storesOf(config)
  const overlay = createOverlay({ network, signer, verifier, epoch: directory.epoch, labels: config.labels })({
    ...parts,
    transport,
    stores
  })
  cleanup.defer(() => overlay.stop({ leave: leaving.signal.aborted ? 'permanent' : 'temporary' }))
  let epoch = directory.epoch
  overlay.onChange(({ peer, member }) => {
    if (peer !== overlay.self || member.epoch <= epoch) return
    epoch = member.epoch
    keepEpoch(directory, epoch, log)
  })
  overlay.onNetwork((_network, signed) => keepNetwork(directory, signed, log))
  const schema = followSchema(overlay, log)
  const documents = { network: networkId, schema, signer, verifier }
  const components = { ...parts, transport, overlay, stores }
  const registry = createRegistry(documents)(components)
  cleanup.defer(() => registry.stop())
  const provisioning = createProvisioning({ ...documents, ...machineOf(parts, schema()) })(components)
  cleanup.defer(() => provisioning.stop())
  const problems = watchProblems({ ...parts, read: () => [...stores.problems, ...overlay.problems, ...provisioning.problems()] })
  cleanup.defer(() => problems.stop())
  const leave = async (): Promise<Drained> => {
    await stopGranting(provisioning, log)
    const drained = await registry.drain()
    leaving.abort()
    return drained
  }
  // The server is there before the overlay says a word: a port in use must not make this node come and go in the network.
  const handlers = createHandlers({ clock, transport, overlay, registry, provisioning, schema, problems, leave })
  const server = await startHttpServer({ listen: config.api, handlers, metrics, log, version })
  cleanup.defer(() => server.close())
  await registry.start()
  await provisioning.start()
  warnOfUnusedCapacity(config, provisioning.capacity(), log)
  warnOfSmallMachine(config, measureMachine(config.data), provisioning.capacity(), log)
  await overlay.start({ join: config.join, rejoin: rememberedAddresses(directory), alone: config.alone })
  await publishConfiguredSchema(config.schema, overlay, log)
  const memory = rememberPeers(overlay, directory, parts)
  cleanup.defer(() => memory.stop())
  return { peerId: transport.self, networkId, addresses: transport.addresses(), api: server.url }
}

/** What of this machine is offered, and what starts and stops the work under its leases. */
function machineOf(
  { config, directory, clock, log, cleanup }: Parts,
  schema: Schema
): Pick<ProvisioningInit, 'isNew' | 'capacity' | 'workloads' | 'scaleOut' | 'options'> {
  const capacity = offeredCapacity(config, measureMachine(config.data), schema)
  const workloads = config.workload === undefined ? undefined : createWorkloads(config.workload, { clock, log })
  if (workloads !== undefined) cleanup.defer(() => workloads.close())
  return {
    isNew: directory.isNew,
    options: { leaseMs: config.leaseMs },
    ...(capacity !== undefined && { capacity }),
    ...(workloads !== undefined && { workloads }),
    ...(config.scaleOut !== undefined && { scaleOut: createScaleOut(config.scaleOut, { clock, log }) })
  }
}

/** Nobody is to get a lease of a node that is about to go for good. */
async function stopGranting(provisioning: Provisioning, log: Log): Promise<void> {
  if (provisioning.capacity().state === 'idle') return
  try {
    await provisioning.drain()
  } catch (error) {
    if (!isCloudError(error)) throw error
    log.error('the node leaves without having drained', { code: error.code, ...error.fields })
  }
}

/** The network knew of a later start than this disk does: the next one must be later still. */
function keepEpoch(directory: DataDirectory, epoch: number, log: Log): void {
  log.warn('the network knows a later start of this node: its disk was put back to an image, or another process has its key', { epoch })
  try {
    directory.keepEpoch(epoch)
  } catch (error) {
    if (!isCloudError(error)) throw error
    log.error('the later epoch was not written down', { epoch, code: error.code, ...error.fields })
  }
}

/** On a full disk the node goes on with the new schema, and hears of it again after a restart. */
function keepNetwork(directory: DataDirectory, network: SignedDescriptor, log: Log): void {
  try {
    directory.pinNetwork(network)
  } catch (error) {
    if (!isCloudError(error)) throw error
    log.error('the new schema was not written down', { code: error.code, ...error.fields })
  }
}

/** Starts the transport on the ports of the last run, or on others where those have been taken meanwhile. */
async function startTransport(parts: Parts, networkId: string): Promise<Transport> {
  const { config, directory, log, cleanup } = parts
  const ports = directory.ports()
  const open = async (listen: readonly string[]): Promise<Transport> => {
    const transport = createTransport(parts, networkId, listen)
    await transport.start()
    return transport
  }
  const transport = await open(withKeptPorts(config.listen, ports)).catch((error: unknown) => {
    if (!isCloudError(error, 'ADDRESS_IN_USE') || Object.keys(ports).length === 0) throw error
    log.warn('a port of the last run is taken; the system chooses another', error.fields)
    return open(config.listen)
  })
  cleanup.defer(() => transport.stop())
  // Announced addresses name a port of the address translation before us, not ours.
  if (config.announce.length === 0) directory.keepPorts(chosenPorts(config.listen, transport.addresses()))
  return transport
}

function createTransport({ config, directory, ...machine }: Parts, networkId: string, listen: readonly string[]): Transport {
  const sameHost = listen.every((address) => address.startsWith('/ip4/127.') || address.startsWith('/ip6/::1/'))
  const init = { privateKeySeed: directory.seed, networkId, listen, announce: config.announce, sameHost }
  return createLibp2pTransport(init)(machine)
}

function storesOf({ data, storeBytesMax }: Config): WatchedStores {
  const stores = createFileStores(data)
  return watchStores(storeBytesMax === undefined ? stores : boundedStores(stores, storeBytesMax), data)
}

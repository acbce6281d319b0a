import {
  createMemoryMetrics,
  type MemoryMetrics,
  type PeerId,
  present,
  type Random,
  type StoreFactory,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { parseSchema, type Schema } from '@cloudpeer/model'
import {
  createOverlay,
  foundNetwork,
  type Labels,
  type Leave,
  type Overlay,
  openDescriptor,
  type SignedDescriptor
} from '@cloudpeer/overlay'
import { createRegistry, type Registry, type RegistryOptions } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type SimulatedNetwork } from '@cloudpeer/transport/sim'
import { createSimulatedDisk } from './simulated-disk.ts'

/** How a simulated cloud is made. */
export interface SimulatedCloudInit {
  /** Decides everything that chance decides. */
  readonly seed: number
  readonly schema: unknown
  /** One way's time between two nodes, in ms; 10 if not given. */
  readonly latencyMs?: (from: PeerId, to: PeerId) => number
  /** Share of messages that are lost once and sent again. */
  readonly lossShare?: number
  readonly registry?: Partial<RegistryOptions>
}

/** One node: the same parts that a real node is made of. */
export interface SimulatedNode {
  readonly peer: PeerId
  readonly transport: Transport
  readonly overlay: Overlay
  readonly registry: Registry
  readonly metrics: MemoryMetrics
  /** Ends the node cleanly. */
  stop(leave?: Leave): Promise<void>
}

/** A whole cloud in virtual time, built from the code that ships. */
export interface SimulatedCloud {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  readonly random: Random
  readonly schema: Schema
  /** The nodes that run now, in the order in which they came. */
  readonly nodes: readonly SimulatedNode[]
  /** Starts `count` nodes that join through the first one, and waits until all of them know each other. */
  grow(count: number, labels?: Labels): Promise<readonly SimulatedNode[]>
  /** Ends a node's process without a word. */
  crash(node: SimulatedNode): void
  /** Starts a node that has ended again, with its disk and under its next epoch, and waits as `grow` does. */
  restart(node: SimulatedNode): Promise<SimulatedNode>
  /** Stops all nodes at once; nobody is left to be told. */
  stop(): Promise<void>
}

/** What outlives the process of a node. */
interface Machine {
  readonly signer: Signer
  readonly disk: StoreFactory
  readonly labels: Labels
  /** How often the node has been started on it. */
  epoch: number
}

/** How long nodes may take to find each other, in ms of virtual time: twice the exchange of tables, which is what gossip may miss. */
const joinLimitMs = 300_000

/** Opens a cloud without nodes. The first node founds its network. */
export function createSimulatedCloud(init: SimulatedCloudInit): SimulatedCloud {
  const random = seededRandom(init.seed)
  const time = createVirtualTime()
  const network = createSimulatedNetwork({ ...init, clock: time.clock, random: seededRandom(random.integer(2 ** 31)) })
  const verifier = createHashVerifier()
  const schema = parseSchema(init.schema)
  const nodes: SimulatedNode[] = []
  const machines = new Map<PeerId, Machine>()
  let descriptor: SignedDescriptor | undefined

  function createMachine(labels: Labels): Machine {
    const signer = createHashSigner(peerIdFromPublicKey(random.bytes(32)))
    const machine = { signer, disk: createSimulatedDisk(), labels, epoch: 0 }
    machines.set(signer.self, machine)
    return machine
  }

  function createNode(machine: Machine): SimulatedNode {
    const { signer, disk, labels } = machine
    const epoch = ++machine.epoch
    descriptor ??= foundNetwork({ signer, random, name: 'simulated', schema: init.schema })
    const networkId = openDescriptor(descriptor, verifier).id
    const metrics = createMemoryMetrics()
    const clock = network.clockOf(signer.self)
    const ground = { clock, random: seededRandom(random.integer(2 ** 31)), log: silentLog, metrics }
    const transport = network.join({ self: signer.self, networkId })(ground)
    const overlay = createOverlay({ network: descriptor, signer, verifier, epoch, labels })({ ...ground, transport })
    const registry = createRegistry({ network: networkId, epoch, schema: () => schema, signer, verifier, options: init.registry ?? {} })({
      ...ground,
      transport,
      overlay,
      stores: disk
    })
    return {
      peer: signer.self,
      transport,
      overlay,
      registry,
      metrics,
      async stop(leave = 'temporary') {
        const place = nodes.findIndex(({ registry: other }) => other === registry)
        if (place >= 0) nodes.splice(place, 1)
        await registry.stop()
        await overlay.stop({ leave })
        await transport.stop()
      }
    }
  }

  async function start(node: SimulatedNode): Promise<void> {
    const [first] = nodes
    nodes.push(node)
    await node.transport.start()
    await node.registry.start()
    await node.overlay.start(first === undefined ? {} : { join: [network.addressOf(first.peer)] })
  }

  const allKnown = (): boolean => nodes.every(({ overlay }) => overlay.state === 'joined' && overlay.servers().length === nodes.length)

  async function startAll(started: readonly SimulatedNode[]): Promise<void> {
    for (const node of started) await time.settle(start(node))
    for (const limit = time.now + joinLimitMs; !allKnown() && time.now < limit; ) await time.advance(100)
    present(allKnown() || undefined, `${nodes.length} nodes did not find each other within ${joinLimitMs} ms`)
  }

  return {
    time,
    network,
    random,
    schema,
    nodes,
    async grow(count, labels = {}) {
      const added = Array.from({ length: count }, () => createNode(createMachine(labels)))
      await startAll(added)
      return added
    },
    async restart(node) {
      const restarted = createNode(present(machines.get(node.peer), `${node.peer} is not of this cloud`))
      await startAll([restarted])
      return restarted
    },
    crash(node) {
      nodes.splice(nodes.indexOf(node), 1)
      network.crash(node.peer)
    },
    async stop() {
      await time.settle(Promise.all(nodes.splice(0).map((node) => node.stop('none'))))
    }
  }
}

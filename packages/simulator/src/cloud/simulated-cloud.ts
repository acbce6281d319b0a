import {
  type Clock,
  createMemoryMetrics,
  hexFromBytes,
  type Log,
  type MemoryMetrics,
  type PeerId,
  present,
  type Random,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashVerifier, createVerifier, type Verifier } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { type CompiledQueries, parseDescription, parseSchema, type Schema } from '@cloudpeer/model'
import {
  createOverlay,
  foundNetwork,
  type Labels,
  type Leave,
  type Overlay,
  openDescriptor,
  type SignedDescriptor
} from '@cloudpeer/overlay'
import { createProvisioning, type OwnedCapacity, type Provisioning, type ProvisioningOptions } from '@cloudpeer/provisioning'
import { createRegistry, createRegistryMemory, type Registry, type RegistryOptions } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type Jitter, type SimulatedNetwork } from '@cloudpeer/transport/sim'
import type { MachineCapacity } from '../workload/capacities.ts'
import { derivedRandom } from './derived-random.ts'
import { createMachine, keepEpoch, keepNetwork, type Machine, openDirectory, rememberAddresses, type Signatures } from './machine.ts'
import { MachineWork } from './machine-work.ts'

/** How a simulated cloud is made. */
export interface SimulatedCloudInit {
  /** Decides everything that chance decides. */
  readonly seed: number
  readonly schema: unknown
  /** One way's time between two nodes, in ms; 10 if not given. */
  readonly latencyMs?: (from: PeerId, to: PeerId) => number
  /** What a link adds to one message's time; nothing if not given. */
  readonly jitterMs?: Jitter
  /** Share of messages that are lost once and sent again. */
  readonly lossShare?: number
  readonly registry?: Partial<RegistryOptions>
  readonly provisioning?: Partial<ProvisioningOptions>
  /** How long leases of a machine last, in ms, asked at each of its starts, which count from 1; what `provisioning` says if not given. */
  readonly leaseMs?: (machine: Machine, start: number) => number
  /** What the machine of a number has and offers; nothing if not given. */
  readonly capacity?: (machine: number) => MachineCapacity
  /** Whether messages are encoded, as they are unless told otherwise, or passed on as values that nobody can change. */
  readonly passes?: 'bytes' | 'values'
  /** Keyed hashes unless told otherwise. */
  readonly signatures?: Signatures
  /** Where the node of a machine logs; nowhere if not given. */
  readonly log?: (machine: number) => Log
  /** What is put around each node's transport, by somebody who watches or limits it; nothing if not given. */
  readonly transport?: (transport: Transport, clock: Clock) => Transport
}

/** One node: the same parts that a real node is made of. */
export interface SimulatedNode {
  readonly peer: PeerId
  readonly machine: Machine
  readonly epoch: number
  readonly transport: Transport
  readonly overlay: Overlay
  readonly registry: Registry
  readonly provisioning: Provisioning
  /** What runs under the leases that the node granted. */
  readonly work: MachineWork
  readonly metrics: MemoryMetrics
  /** The schema that the node goes by. */
  readonly schema: Schema
  /** Ends the node cleanly. */
  stop(leave?: Leave): Promise<void>
}

/** A whole cloud in virtual time, built from the code that ships. */
export interface SimulatedCloud {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  readonly random: Random
  /** The schema that the network was founded with. */
  readonly schema: Schema
  readonly verifier: Verifier
  /** The network's descriptor, as the machine of number 0 signed it. */
  readonly descriptor: SignedDescriptor
  /** The nodes that run now, in the order in which they came. */
  readonly nodes: readonly SimulatedNode[]
  /** Told of each node before it starts. */
  onNode(listener: (node: SimulatedNode) => void): void
  /** The machines at whose addresses everybody looks for the network: 0, 1 and 2, as far as they have come to be. */
  entrances(): readonly Machine[]
  /** The machine of a number; it comes to be when it is first asked for. */
  machine(number: number, labels?: Labels): Machine
  /** The machine of a peer, if it has come to be. */
  machineOf(peer: PeerId): Machine | undefined
  /** The node that runs on a machine now. */
  nodeOn(machine: Machine): SimulatedNode | undefined
  /**
   * Starts a node on a machine that has none, with what is on its disk, and does not wait until it has joined. It looks for its
   * network at `through`, which is the entrances if not given, and where it met others before.
   */
  boot(machine: Machine, through?: readonly Machine[]): Promise<SimulatedNode>
  /** Starts nodes on `count` new machines that join through the first node that runs, and waits until all know each other. */
  grow(count: number, labels?: Labels): Promise<readonly SimulatedNode[]>
  /** Ends a node's process without a word; its machine tells those who ask that nothing listens any more. */
  crash(node: SimulatedNode): void
  /** Takes the power from a node's machine for good: nobody is told anything, now or later, and it is never booted again. */
  vanish(node: SimulatedNode): void
  /** Whether a machine's power is gone. */
  hasVanished(machine: Machine): boolean
  /** Starts a node that has ended again, with its disk and under its next epoch, and waits as `grow` does. */
  restart(node: SimulatedNode): Promise<SimulatedNode>
  /** Stops all nodes at once; nobody is left to be told. */
  stop(): Promise<void>
}

/** What nodes under one version of the schema have in common: no two parse it, or compile a query, for themselves. */
interface Shared {
  readonly schema: Schema
  readonly queries: CompiledQueries
}

/** How long nodes may take to find each other, in ms of virtual time: twice the exchange of tables, which is what gossip may miss. */
const joinLimitMs = 300_000
/** The machines that everybody knows, by number. */
const entranceNumbers = [0, 1, 2]

/** Opens a cloud without nodes. The machine of number 0 has founded its network. */
export function createSimulatedCloud(init: SimulatedCloudInit): SimulatedCloud {
  const { seed, signatures = 'hash' } = init
  const random = seededRandom(seed)
  const time = createVirtualTime()
  const network = createSimulatedNetwork({ ...init, clock: time.clock, random: derivedRandom(seed, 'network') })
  const verifier = signatures === 'hash' ? createHashVerifier() : createVerifier()
  const schema = parseSchema(init.schema)
  const nodes: SimulatedNode[] = []
  const machines = new Map<number, Machine>()
  const byPeer = new Map<PeerId, Machine>()
  const vanished: PeerId[] = []
  const endings = new Map<Machine, Promise<void>>()
  const starts = new Map<number, number>()
  const listeners: ((node: SimulatedNode) => void)[] = []
  const founding = { signer: machine(0).signer, random: derivedRandom(seed, 'founding'), name: 'simulated', schema: init.schema }
  const descriptor = foundNetwork(founding)
  const networkId = openDescriptor(descriptor, verifier).id
  const { records } = createRegistryMemory(networkId, () => schema, verifier)
  /** By the descriptor's digest, what all nodes share that go by it. */
  const schemas = new Map<string, Shared>()

  function sharedBy({ digest, schema: published }: Overlay['network']): Shared {
    const known = schemas.get(hexFromBytes(digest))
    if (known !== undefined) return known
    const parsed = schemas.size === 0 ? schema : parseSchema(published)
    const shared = { schema: parsed, queries: createRegistryMemory(networkId, () => parsed, verifier).queries }
    schemas.set(hexFromBytes(digest), shared)
    return shared
  }

  function machine(number: number, labels: Labels = {}): Machine {
    const known = machines.get(number)
    if (known !== undefined) return known
    const capacity = init.capacity?.(number)
    const created = createMachine({ seed, number, signatures, labels, ...(capacity && { capacity }) })
    machines.set(number, created)
    byPeer.set(created.peer, created)
    return created
  }

  function entrances(): readonly Machine[] {
    return entranceNumbers.flatMap((number) => machines.get(number) ?? [])
  }

  function nodeOn({ peer }: Machine): SimulatedNode | undefined {
    return nodes.find((node) => node.peer === peer)
  }

  function createNode(machine: Machine, epoch: number, known: SignedDescriptor): SimulatedNode {
    const { number, signer, disk, labels, capacity } = machine
    const metrics = createMemoryMetrics()
    const clock = network.clockOf(signer.self)
    const log = init.log?.(number) ?? silentLog
    const started = (starts.get(number) ?? 0) + 1
    starts.set(number, started)
    const ground = { clock, random: derivedRandom(seed, `start ${started} of machine ${number}`), log, metrics }
    const joining = network.join({ self: signer.self, networkId })(ground)
    const transport = init.transport?.(joining, clock) ?? joining
    const overlay = createOverlay({ network: known, signer, verifier, epoch, labels })({ ...ground, transport, stores: disk })
    let shared = sharedBy(overlay.network)
    overlay.onNetwork((descriptor, signed) => {
      shared = sharedBy(descriptor)
      keepNetwork(disk, signed)
    })
    const member = { network: networkId, schema: () => shared.schema, signer, verifier }
    const queries: CompiledQueries = {
      compile: (expression) => shared.queries.compile(expression),
      orderBy: (text) => shared.queries.orderBy(text)
    }
    const components = { ...ground, transport, overlay, stores: disk }
    const registry = createRegistry({ ...member, memory: { records, queries }, options: init.registry ?? {} })(components)
    const work = new MachineWork(clock, derivedRandom(seed, `work ${started} of machine ${number}`))
    const provisioning = createProvisioning({
      ...member,
      isNew: started === 1,
      ...(capacity && { capacity: offered(capacity) }),
      workloads: work,
      options: { ...init.provisioning, ...(init.leaseMs && { leaseMs: init.leaseMs(machine, started) }) }
    })(components)
    overlay.onChange(({ peer, member }) => {
      if (peer === signer.self && member.epoch > epoch) keepEpoch(disk, member.epoch)
    })
    const node: SimulatedNode = {
      peer: signer.self,
      machine,
      epoch,
      transport,
      overlay,
      registry,
      provisioning,
      work,
      metrics,
      get schema() {
        return shared.schema
      },
      async stop(leave = 'temporary') {
        if (leave === 'permanent') await registry.drain()
        end(node)
        const ended = shutDown(node, leave).finally(() => endings.delete(machine))
        endings.set(machine, ended)
        await ended
      }
    }
    return node
  }

  function offered({ total, attributes }: MachineCapacity): OwnedCapacity {
    return { total, attributes: parseDescription({ name: 'machine', attributes }, schema).attributes }
  }

  /** From where a real node counts its starts whose disk is empty: from the seconds on its clock, unless it is new. */
  function startsLost({ number, peer }: Machine): number {
    return starts.has(number) ? Math.max(0, Math.floor(network.clockOf(peer).wallTime() / 1_000)) : 0
  }

  /** A process that cannot even open its stores ends, and leaves none open. */
  function created(booted: Machine, epoch: number, known: SignedDescriptor): SimulatedNode {
    try {
      return createNode(booted, epoch, known)
    } catch (error) {
      booted.disk.crash()
      throw error
    }
  }

  async function shutDown({ registry, provisioning, work, overlay, transport }: SimulatedNode, leave: Leave): Promise<void> {
    await provisioning.stop()
    work.end()
    await registry.stop()
    await overlay.stop({ leave })
    await transport.stop()
  }

  function end(node: SimulatedNode): void {
    const place = nodes.indexOf(node)
    if (place < 0) return
    nodes.splice(place, 1)
    const addresses = node.overlay.members().flatMap((member) => (member.peer === node.peer ? [] : member.addresses))
    // As a real node, which does not forget the way back when everyone else is out of sight.
    if (addresses.length > 0) rememberAddresses(node.machine.disk, addresses)
  }

  function crash(node: SimulatedNode): void {
    end(node)
    network.crash(node.peer)
    node.machine.disk.crash()
  }

  async function boot(booted: Machine, through: readonly Machine[] = entrances()): Promise<SimulatedNode> {
    // One process at a time has a data directory.
    await endings.get(booted)
    const running = nodeOn(booted)
    if (running !== undefined) return running
    const { epoch, rejoin, network: known = descriptor } = openDirectory(booted.disk, startsLost(booted))
    const node = created(booted, epoch, known)
    nodes.push(node)
    for (const listener of listeners) listener(node)
    const join = through.filter(({ number }) => number !== booted.number).map(({ peer }) => network.addressOf(peer))
    try {
      await node.transport.start()
      await node.registry.start()
      await node.provisioning.start()
      await node.overlay.start({ join, rejoin })
    } catch (error) {
      if (nodes.includes(node)) crash(node)
      throw error
    }
    return node
  }

  const allKnown = (): boolean => nodes.every(({ overlay }) => overlay.state === 'joined' && overlay.servers().length === nodes.length)

  async function bootAll(booted: readonly Machine[]): Promise<readonly SimulatedNode[]> {
    const started: SimulatedNode[] = []
    for (const each of booted)
      started.push(
        await time.settle(
          boot(
            each,
            nodes.slice(0, 1).map((node) => node.machine)
          )
        )
      )
    for (const limit = time.now + joinLimitMs; !allKnown() && time.now < limit; ) await time.advance(100)
    present(allKnown() || undefined, `${nodes.length} nodes did not find each other within ${joinLimitMs} ms`)
    return started
  }

  let grown = 0

  return {
    time,
    network,
    random,
    schema,
    verifier,
    descriptor,
    nodes,
    onNode: (listener) => void listeners.push(listener),
    entrances,
    machine,
    machineOf: (peer) => byPeer.get(peer),
    nodeOn,
    boot,
    grow: (count, labels) => bootAll(Array.from({ length: count }, () => machine(grown++, labels))),
    async restart({ machine }) {
      return present((await bootAll([machine]))[0], 'a restarted node')
    },
    crash,
    vanish(node) {
      end(node)
      network.freeze(node.peer)
      vanished.push(node.peer)
    },
    hasVanished: ({ peer }) => vanished.includes(peer),
    async stop() {
      for (const peer of vanished.splice(0)) {
        network.crash(peer)
        byPeer.get(peer)?.disk.crash()
      }
      await time.settle(Promise.all([...nodes].map((node) => node.stop('none'))))
    }
  }
}

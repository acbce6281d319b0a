import {
  type Clock,
  createMemoryMetrics,
  type MemoryMetrics,
  type PeerId,
  present,
  type Random,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import {
  createOverlay,
  foundNetwork,
  type Leave,
  type MemberChange,
  type MemberState,
  type MembershipOptions,
  type Overlay,
  type SignedDescriptor
} from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type SimulatedNetwork, type SimulatedNetworkInit } from '@cloudpeer/transport/sim'

/** One simulated node as it runs now. */
export interface FleetNode {
  readonly peer: PeerId
  readonly overlay: Overlay
  readonly transport: Transport
  readonly metrics: MemoryMetrics
  /** All that its overlay reported since it was started. */
  readonly changes: MemberChange[]
}

/** Overlays in a simulated network. */
export interface Fleet {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  readonly nodes: FleetNode[]
  /** Starts the node of this index, again if it ran before, with a higher epoch. */
  start(index: number, options?: StartNode): Promise<FleetNode>
  stop(node: FleetNode, leave: Leave): Promise<void>
  /** Advances until `condition` holds; fails after `limitMs`. Returns the time that it took. */
  until(condition: () => boolean, limitMs: number, what: string): Promise<number>
}

/** How one node of a fleet is started. */
export interface StartNode {
  readonly join?: readonly string[]
  readonly rejoin?: readonly string[]
  readonly alone?: boolean
  readonly descriptor?: SignedDescriptor
  readonly networkId?: string
}

/** What a fleet is made with. */
export interface FleetInit extends Partial<Omit<SimulatedNetworkInit, 'clock' | 'random'>> {
  readonly size: number
  readonly seed?: number
  readonly options?: Partial<MembershipOptions>
}

/** The peer id of the node with this index. */
export function peerOf(index: number): PeerId {
  return peerIdFromPublicKey(seededRandom(1000 + index).bytes(32))
}

/** Starts `size` nodes, all through the first, and waits until they see each other. */
export async function createFleet({ size, seed = 1, options, ...links }: FleetInit): Promise<Fleet> {
  const time = createVirtualTime()
  const random = seededRandom(seed)
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => 5 + 10 * random.next(), ...links })
  const founder = createHashSigner(peerOf(0))
  const descriptor = foundNetwork({ signer: founder, random, name: 'test', schema: { version: 'one' } })
  const epochs = new Map<number, number>()
  const nodes: FleetNode[] = []

  async function start(index: number, given: StartNode = {}): Promise<FleetNode> {
    const peer = peerOf(index)
    const epoch = (epochs.get(index) ?? 0) + 1
    epochs.set(index, epoch)
    const components = componentsOf(network.clockOf(peer), seededRandom(seed * 7919 + index * 31 + epoch))
    const transport = network.join({ self: peer, networkId: given.networkId ?? '' })(components)
    await transport.start()
    const init = { network: given.descriptor ?? descriptor, signer: createHashSigner(peer), verifier: createHashVerifier(), epoch }
    const overlay = createOverlay({ ...init, labels: { zone: `z${index % 3}` }, options })({
      ...components,
      transport,
      stores: createMemoryStores()
    })
    const changes: MemberChange[] = []
    overlay.onChange((change) => changes.push(change))
    const join = given.join ?? (index === 0 ? [] : [network.addressOf(peerOf(0))])
    await overlay.start({ join, rejoin: given.rejoin, alone: given.alone })
    const node = { peer, overlay, transport, metrics: components.metrics, changes }
    nodes[index] = node
    return node
  }

  async function until(condition: () => boolean, limitMs: number, what: string): Promise<number> {
    const startedAt = time.now
    while (!condition()) {
      if (time.now - startedAt >= limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
      await time.advance(50)
    }
    return time.now - startedAt
  }

  for (let index = 0; index < size; index++) await start(index)
  const fleet: Fleet = {
    time,
    network,
    nodes,
    start,
    until,
    async stop(node, leave) {
      await time.settle(node.overlay.stop({ leave }))
      await time.settle(node.transport.stop())
    }
  }
  await until(() => nodes.every((node) => seenBy(node, 'ALIVE').length === size), 20_000, 'all see each other')
  return fleet
}

function componentsOf(clock: Clock, random: Random): { clock: Clock; random: Random; log: typeof silentLog; metrics: MemoryMetrics } {
  return { clock, random, log: silentLog, metrics: createMemoryMetrics() }
}

/** Members that a node holds to be in a state. */
export function seenBy(node: FleetNode, state: MemberState): PeerId[] {
  return node.overlay
    .members()
    .filter((member) => member.state === state)
    .map(({ peer }) => peer)
}

/** What all nodes but `target` believe of it. */
export function opinions(fleet: Fleet, target: FleetNode): (MemberState | undefined)[] {
  return fleet.nodes.filter(({ peer }) => peer !== target.peer).map(({ overlay }) => overlay.member(target.peer)?.state)
}

/** The node of an index. */
export function nodeAt(fleet: Fleet, index: number): FleetNode {
  return present(fleet.nodes[index], `no node ${index}`)
}

import {
  CloudError,
  createMemoryMetrics,
  type MemoryMetrics,
  type PeerId,
  present,
  type Store,
  type StoreFactory,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { type Amounts, type PlainAttributes, parseAmounts, parseAttributes, parseCapacity, parseSchema } from '@cloudpeer/model'
import { createOverlay, foundNetwork, type Overlay, openDescriptor } from '@cloudpeer/overlay'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type SimulatedNetwork } from '@cloudpeer/transport/sim'
import { createProvisioning } from '../src/create-provisioning.ts'
import type { ProvisioningOptions } from '../src/options.ts'
import type { OwnedCapacity, Provisioning, ScaleOut } from '../src/provisioning.ts'

/** How a small cloud is made. */
export interface TestCloudInit {
  readonly size: number
  readonly schema?: unknown
  readonly options?: Partial<ProvisioningOptions>
  readonly scaleOut?: ScaleOut
  /** What the node of an index offers at its first start; nothing if not given. */
  readonly capacity?: (index: number) => OwnedCapacity | undefined
  /** One way's time between any two nodes, in ms; 10 if not given. */
  readonly latencyMs?: number
}

/** One node of it, as it runs now. */
interface TestNode {
  readonly index: number
  readonly peer: PeerId
  readonly transport: Transport
  readonly overlay: Overlay
  readonly provisioning: Provisioning
  readonly metrics: MemoryMetrics
}

/** A small cloud in virtual time: transport, overlay and provisioning, as in a real node. */
export interface TestCloud {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  readonly networkId: string
  node(index: number): TestNode
  /** Starts the node of an index again, with its disk unless `erased`. */
  start(index: number, how?: { readonly erased?: boolean }): Promise<TestNode>
  /** Ends its process without a word. */
  crash(index: number): void
  /** Leaves the disk of an index without room for anything, or gives it some again. */
  fillDisk(index: number, full: boolean): void
  stop(index: number): Promise<void>
  /** Advances until a condition holds, and returns how long that took; fails after `limitMs`. */
  until(holds: () => boolean, limitMs: number, what: string): Promise<number>
}

const namedSchema = { version: 1, attributes: {} }

/** Starts `size` nodes, all through the first, and waits until they see each other. */
export async function createTestCloud(init: TestCloudInit): Promise<TestCloud> {
  const { size, schema: plainSchema = namedSchema, options = {}, latencyMs = 10 } = init
  const time = createVirtualTime(1_700_000_000_000)
  const random = seededRandom(size)
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => latencyMs })
  const verifier = createHashVerifier()
  const descriptor = foundNetwork({ signer: createHashSigner(peerOf(0)), random, name: 'test', schema: plainSchema })
  const networkId = openDescriptor(descriptor, verifier).id
  const schema = parseSchema(plainSchema)
  const disks = new Map<number, TestDisk>()
  const epochs = new Map<number, number>()
  const nodes: TestNode[] = []

  async function start(index: number, { erased = false } = {}): Promise<TestNode> {
    const peer = peerOf(index)
    const signer = createHashSigner(peer)
    const epoch = (epochs.get(index) ?? 0) + 1
    epochs.set(index, epoch)
    const stores = erased ? createDisk() : (disks.get(index) ?? createDisk())
    disks.set(index, stores)
    const metrics = createMemoryMetrics()
    const ground = { clock: network.clockOf(peer), random: seededRandom(7919 * index + epoch), log: silentLog, metrics }
    const transport = network.join({ self: peer, networkId })(ground)
    await transport.start()
    const overlay = createOverlay({ network: descriptor, signer, verifier, epoch })({ ...ground, transport, stores })
    const offered = init.capacity?.(index)
    const provisioning = createProvisioning({
      network: networkId,
      schema: () => schema,
      signer,
      verifier,
      isNew: epoch === 1,
      ...(offered === undefined ? {} : { capacity: offered }),
      ...(init.scaleOut === undefined ? {} : { scaleOut: init.scaleOut }),
      options
    })({ ...ground, transport, overlay, stores })
    const node = { index, peer, transport, overlay, provisioning, metrics }
    nodes[index] = node
    await time.settle(provisioning.start())
    await overlay.start({
      join: index === 0 ? [] : [network.addressOf(peerOf(0))],
      rejoin: index === 0 && size > 1 ? [network.addressOf(peerOf(1))] : []
    })
    return node
  }

  async function until(holds: () => boolean, limitMs: number, what: string): Promise<number> {
    const startedAt = time.now
    while (!holds()) {
      if (time.now - startedAt >= limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
      await time.advance(10)
    }
    return time.now - startedAt
  }

  const node = (index: number): TestNode => present(nodes[index], `no node ${index}`)
  for (let index = 0; index < size; index++) await start(index)
  await until(
    () => nodes.every(({ overlay }) => overlay.state === 'joined' && overlay.servers().length === size),
    60_000,
    'all know each other'
  )
  // Offers reach the matchers that the whole directory names.
  await time.advance(2_000)
  return {
    time,
    network,
    networkId,
    node,
    start,
    until,
    crash: (index) => network.crash(peerOf(index)),
    fillDisk(index, full) {
      present(disks.get(index), 'a disk').full = full
    },
    async stop(index) {
      await time.settle(node(index).provisioning.stop())
      await time.settle(node(index).overlay.stop())
      await time.settle(node(index).transport.stop())
    }
  }
}

/** What a machine offers: thousandths of processors, and plain attributes. */
export function offering(cpuMilli: number, attributes: PlainAttributes = {}, plainSchema: unknown = namedSchema): OwnedCapacity {
  return { total: parseCapacity({ cpuMilli, memoryMib: 16_384 }), attributes: parseAttributes(attributes, parseSchema(plainSchema)) }
}

/** So many thousandths of a processor. */
export function cpus(cpuMilli: number): Amounts {
  return parseAmounts({ cpuMilli })
}

function peerOf(index: number): PeerId {
  return peerIdFromPublicKey(seededRandom(1_000 + index).bytes(32))
}

/** Stores that outlive the processes that open them, as files do. */
interface TestDisk extends StoreFactory {
  full: boolean
}

function createDisk(): TestDisk {
  const memory = createMemoryStores()
  const stores = new Map<string, Store>()
  const disk: TestDisk = {
    full: false,
    open(name, migrations) {
      const store = stores.get(name) ?? memory.open(name, migrations)
      stores.set(name, store)
      const transaction: Store['transaction'] = (work) => {
        if (disk.full) throw new CloudError('STORE_FULL', { store: name })
        return store.transaction(work)
      }
      return { ...store, transaction, close() {} }
    }
  }
  return disk
}

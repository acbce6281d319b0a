import { hexFromBytes, isCloudError, type PeerId, type Store, type StoreFactory } from '@cloudpeer/core'
import { createHashSigner, createSigner, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import type { Labels, SignedDescriptor } from '@cloudpeer/overlay'
import type { MachineCapacity } from '../workload/capacities.ts'
import { derivedRandom } from './derived-random.ts'
import { createSimulatedDisk, type SimulatedDisk } from './simulated-disk.ts'

/** How a cloud signs: with Ed25519, as real nodes do, or with a keyed hash, which costs a tenth and which no honest code forges. */
export type Signatures = 'ed25519' | 'hash'

/** What outlives the process of a node: a key, a disk and what is on it. */
export interface Machine {
  /** Its place in the cloud: the same machine under every run of one seed, however many others there are. */
  readonly number: number
  readonly peer: PeerId
  /** What its key is made of: with Ed25519 the seed that a real node has on its disk. */
  readonly secret: Uint8Array
  readonly signer: Signer
  readonly labels: Labels
  readonly disk: SimulatedDisk
  /** What it has, and offers from its first start on. */
  readonly capacity?: MachineCapacity
}

/** What a node keeps in its data directory beside its stores. */
export interface DataDirectory {
  /** How often the node has been started on this disk. */
  readonly epoch: number
  /** Where other members were, when the node last looked. */
  readonly rejoin: readonly string[]
  /** The network's descriptor, if a later one than the first was heard. */
  readonly network: SignedDescriptor | undefined
}

/** All of it in numbers and texts: a real node has it in small files, which the faults of its databases do not hit. */
const migrations = ['CREATE TABLE directory (epoch INTEGER NOT NULL, rejoin TEXT NOT NULL, network TEXT)']

/** What a machine is made of. */
export interface MachineInit extends Pick<Machine, 'number' | 'labels' | 'capacity'> {
  readonly seed: number
  readonly signatures: Signatures
}

/** Builds the machine of a number: its key is the same in every run of one seed. */
export function createMachine({ seed, signatures, ...given }: MachineInit): Machine {
  const random = derivedRandom(seed, `machine ${given.number}`)
  const secret = random.bytes(32)
  const signer = signatures === 'hash' ? createHashSigner(peerIdFromPublicKey(secret)) : createSigner(secret)
  return { ...given, peer: signer.self, secret, signer, disk: createSimulatedDisk() }
}

/** Reads the data directory as a node does that starts, and writes that it has started once more: after `lost` starts where it is empty. */
export function openDirectory(disk: StoreFactory, lost: number): DataDirectory {
  return withStore(disk, (store) => {
    const row = store.prepare('SELECT * FROM directory').get()
    const epoch = Number(row?.epoch ?? lost) + 1
    if (row === undefined) store.prepare("INSERT INTO directory VALUES (?, '[]', NULL)").run(epoch)
    else store.prepare('UPDATE directory SET epoch = ?').run(epoch)
    return { epoch, rejoin: JSON.parse(String(row?.rejoin ?? '[]')), network: networkFrom(row?.network) }
  })
}

/** Writes down that the network has seen a later epoch of the node. */
export function keepEpoch(disk: StoreFactory, epoch: number): void {
  update(disk, 'UPDATE directory SET epoch = ?', epoch)
}

/** Writes down where other members are, as a node does from time to time. */
export function rememberAddresses(disk: StoreFactory, addresses: readonly string[]): void {
  update(disk, 'UPDATE directory SET rejoin = ?', JSON.stringify(addresses))
}

/** Writes down what the network's founder has said last. */
export function keepNetwork(disk: StoreFactory, { body, signature }: SignedDescriptor): void {
  update(disk, 'UPDATE directory SET network = ?', [body, signature].map(hexFromBytes).join(' '))
}

function networkFrom(text: unknown): SignedDescriptor | undefined {
  if (typeof text !== 'string') return undefined
  const [body, signature] = text.split(' ').map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))) as [Uint8Array, Uint8Array]
  return { body, signature }
}

/** As a real node does, goes on where the disk does not take it. */
function update(disk: StoreFactory, sql: string, value: number | string): void {
  try {
    withStore(disk, (store) => store.prepare(sql).run(value))
  } catch (error) {
    if (!isCloudError(error)) throw error
  }
}

/** Two runs must never speak under one epoch: it is synced as a real node's is. */
function withStore<T>(disk: StoreFactory, work: (store: Store) => T): T {
  const store = disk.open('directory', migrations, { sync: 'power' })
  try {
    return work(store)
  } finally {
    store.close()
  }
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bytesSchema, type Clock, decode, encode, errorMessage, type Random, validator } from '@cloudpeer/core'
import { addressesMax, addressLengthMax, type SignedDescriptor } from '@cloudpeer/overlay'
import { Type } from 'typebox'
import { badFile, readFileIfAny, replaceFile } from './files.ts'
import { lockDirectory } from './lock.ts'

/** A peer as the last run knew it. */
export interface KnownPeer {
  readonly peer: string
  readonly addresses: readonly string[]
}

/** The ports that the system chose, by the listen address that left the choice to it. */
export type Ports = Readonly<Record<string, number>>

/** What a node keeps between its runs. All writes are atomic and durable; errors are DATA_FILE, naming the file. */
export interface DataDirectory {
  readonly path: string
  /** The Ed25519 seed of 32 bytes, made at the first start. */
  readonly seed: Uint8Array
  /** Whether the seed was made at this very start. */
  readonly isNew: boolean
  /** How often a node has been started here, this start included; higher than ever before also where the count was lost. */
  readonly epoch: number
  /** Counts the starts up to `epoch`, which the network has seen. */
  keepEpoch(epoch: number): void
  /** The network that this node belongs to, once it has met it. */
  network(): SignedDescriptor | undefined
  pinNetwork(network: SignedDescriptor): void
  ports(): Ports
  keepPorts(ports: Ports): void
  peers(): readonly KnownPeer[]
  /** Keeps the first {@link peersMax}. */
  keepPeers(peers: readonly KnownPeer[]): void
  /** Lets the next process in. */
  close(): void
}

/** The most peers that are remembered: more than enough to find the way back. */
export const peersMax = 64

/** Opens a data directory for this process alone, making it where there is none, and counts the start. DATA_DIRECTORY_IN_USE. */
export function openDataDirectory(path: string, { clock, random }: { readonly clock: Clock; readonly random: Random }): DataDirectory {
  makeDirectory(path)
  const unlock = lockDirectory(path)
  const file = (name: string): string => join(path, name)
  try {
    const identity = seedIn(file('identity.key'), random)
    return {
      path,
      ...identity,
      epoch: nextEpoch(file('epoch'), identity.isNew ? 0 : Math.max(0, Math.floor(clock.wallTime() / 1_000))),
      keepEpoch: (epoch) => replaceFile(file('epoch'), `${epoch}\n`),
      network: () => readCbor(file('network.cbor'), descriptors),
      pinNetwork: ({ body, signature }) => replaceFile(file('network.cbor'), encode({ body, signature })),
      ports: () => readJson(file('ports.json'), portMaps) ?? {},
      keepPorts: (ports) => replaceFile(file('ports.json'), `${JSON.stringify(ports)}\n`),
      peers: () => readJson(file('peers.json'), peerLists) ?? [],
      keepPeers: (peers) => replaceFile(file('peers.json'), `${JSON.stringify(peers.slice(0, peersMax))}\n`),
      close: unlock
    }
  } catch (error) {
    unlock()
    throw error
  }
}

const descriptors = validator(Type.Object({ body: bytesSchema(1024 * 1024, 1), signature: bytesSchema(64, 64) }))
const portMaps = validator(Type.Record(Type.String({ maxLength: addressLengthMax }), Type.Integer({ minimum: 1, maximum: 65_535 })))
const addressLists = Type.Array(Type.String({ maxLength: addressLengthMax }), { maxItems: addressesMax })
const peerLists = validator(
  Type.Array(Type.Object({ peer: Type.String({ maxLength: 128 }), addresses: addressLists }), { maxItems: peersMax })
)

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw badFile(path, errorMessage(error), error)
  }
}

function seedIn(file: string, random: Random): Pick<DataDirectory, 'seed' | 'isNew'> {
  const kept = readFileIfAny(file)
  if (kept === undefined) {
    const seed = random.bytes(32)
    replaceFile(file, seed)
    return { seed, isNew: true }
  }
  if (kept.length !== 32) throw badFile(file, `a key has 32 bytes, this file ${kept.length}`)
  return { seed: new Uint8Array(kept), isNew: false }
}

/**
 * Durable before anything is sent: two runs must never speak under one epoch. Where the count is lost, and not the key, it goes on from the
 * seconds since 1970: no node has started as often.
 */
function nextEpoch(file: string, lost: number): number {
  const text = readFileIfAny(file)?.toString('utf8').trim() ?? `${lost}`
  const epoch = Number(text) + 1
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(epoch)) throw badFile(file, `${text.slice(0, 32)} is not a start counter`)
  replaceFile(file, `${epoch}\n`)
  return epoch
}

function readCbor<T>(file: string, shape: { parse(value: unknown, field: string): T }): T | undefined {
  const bytes = readFileIfAny(file)
  return bytes && understood(file, () => shape.parse(decode(bytes), 'contents'))
}

function readJson<T>(file: string, shape: { parse(value: unknown, field: string): T }): T | undefined {
  const bytes = readFileIfAny(file)
  return bytes && understood(file, () => shape.parse(JSON.parse(bytes.toString('utf8')), 'contents'))
}

function understood<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw badFile(file, errorMessage(error), error)
  }
}

import assert from 'node:assert/strict'
import { createMemoryMetrics, createScope, type PeerId, type Scope, seededRandom, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { createCompiledQueries, emptySchema } from '@cloudpeer/model'
import type { Member } from '@cloudpeer/overlay'
import type { ReplyOf, Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type SimulatedNetwork } from '@cloudpeer/transport/sim'
import { baseCellOf, createSpaces } from '../../src/cells/index.ts'
import { createDocuments, type Documents } from '../../src/documents/documents.ts'
import type { Fence, Lease } from '../../src/documents/lease.ts'
import type { Offer } from '../../src/documents/offer.ts'
import type { CapacityRequest } from '../../src/documents/request.ts'
import type { Signed } from '../../src/documents/signed-document.ts'
import '../../src/errors.ts'
import { provisioningDefaults } from '../../src/options.ts'
import { restingTtlMs } from '../../src/owner/offer-publisher.ts'
import { createOwner, type Owner, type OwnerParts } from '../../src/owner/owner.ts'
import {
  confirmProtocol,
  grantProtocol,
  proposeProtocol,
  releaseProtocol,
  renewProtocol,
  revokeProtocol
} from '../../src/protocols/grant.ts'
import { offerProtocol, offersProtocol } from '../../src/protocols/match.ts'
import { createSharedStore, type SharedStore } from '../ledger/shared-store.ts'
import { cpu, needs } from '../ledger/wishes.ts'

/** Somebody who is requester and matcher at once, and writes down what it is told. */
export interface Client {
  readonly peer: PeerId
  readonly transport: Transport
  readonly granted: Lease[]
  readonly revoked: Fence[]
  readonly offers: Offer[]
  /** Whether it wants what it is granted. */
  wants: boolean
  /** As a matcher: the owner's last offer, one that the owner may have lost, and for how long it has kept the cell, in ms. */
  offer: Signed | undefined
  lost: Signed | undefined
  keptMs: number
  request(change?: Partial<CapacityRequest>): CapacityRequest
  propose(request: CapacityRequest, units?: readonly number[], waitedMs?: number): Promise<ReplyOf<typeof proposeProtocol>>
  /** Proposes, as a matcher, what somebody else has signed. */
  proposeFor(requester: Client, request: CapacityRequest): Promise<ReplyOf<typeof proposeProtocol>>
  seal(request: CapacityRequest): Signed
  confirm(...fences: Fence[]): Promise<readonly (Lease | string)[]>
  renew(...fences: Fence[]): Promise<readonly (Lease | string)[]>
  release(...fences: Fence[]): Promise<readonly string[]>
}

/** One owner over a real transport, its disk, and a directory that does as it is told. */
export interface World {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  readonly peer: PeerId
  readonly disk: SharedStore
  /** What the overlay says of the owner. */
  readonly directory: { epoch: number; state: 'joining' | 'joined'; matchers: readonly PeerId[] }
  /** The network knows the owner in a later epoch, the owner has joined, or hears that others went on without it. */
  raise(epoch: number): void
  join(): void
  returned(): void
  start(change?: Partial<OwnerParts>): Promise<Owner>
  /** Ends the owner's process, as a crash does, and waits until everybody has noticed. */
  crash(): Promise<void>
  client(letter: string): Promise<Client>
}

/** Options of the owners in these tests. */
export const options = { ...provisioningDefaults, leasesMax: 20 }

/** A world in which the owner has not started yet. */
export function createWorld(): World {
  const time = createVirtualTime(1_000_000)
  const random = seededRandom(1)
  const network = createSimulatedNetwork({ clock: time.clock, random })
  const [peer, disk] = [peerIdFromPublicKey(random.bytes(32)), createSharedStore()]
  const directory: World['directory'] = { epoch: 1, state: 'joined', matchers: [] }
  const changes = new Set<Parameters<OwnerParts['overlay']['onChange']>[0]>()
  const joins = new Set<() => void>()
  const returns = new Set<() => void>()
  const overlay: OwnerParts['overlay'] = {
    get state() {
      return directory.state
    },
    member: () => memberIn(directory.epoch),
    onChange: (listener) => listened(changes, listener),
    onJoined: (listener) => listened(joins, listener),
    onReturned: (listener) => listened(returns, listener),
    onNetwork: (listener) => listened(new Set(), listener)
  }
  let scope: Scope | undefined

  function memberIn(epoch: number): Member {
    return { peer, state: 'ALIVE', draining: false, epoch, incarnation: 1, addresses: [], labels: {}, sinceMs: 0 }
  }

  function documentsOf(self: PeerId): Documents {
    return createDocuments({ network: 'net', signer: createHashSigner(self), verifier: createHashVerifier() })
  }

  async function joined(self: PeerId): Promise<Transport> {
    const transport = network.join({ self })({ clock: network.clockOf(self), random, log: silentLog, metrics: createMemoryMetrics() })
    await transport.start()
    return transport
  }

  async function start(change: Partial<OwnerParts> = {}): Promise<Owner> {
    const clock = network.clockOf(peer)
    const transport = await joined(peer)
    scope = createScope({ clock, random, log: silentLog })
    const spaces = createSpaces(() => emptySchema)
    const owner = createOwner({
      network: 'net',
      clock,
      random,
      transport,
      overlay,
      cellMatchers: { of: () => directory.matchers },
      stores: disk.stores,
      documents: documentsOf(peer),
      queries: createCompiledQueries(() => emptySchema),
      locate: (owned) => baseCellOf(spaces(), owned),
      isNew: directory.epoch === 1,
      capacity: { total: cpu(2000), attributes: { arch: ['arm'] } },
      workloads: undefined,
      options,
      scope,
      log: silentLog,
      metrics: createMemoryMetrics(),
      ...change
    })
    await time.settle(owner.start())
    return owner
  }

  async function client(letter: string): Promise<Client> {
    const self = peerIdFromPublicKey(Uint8Array.from({ length: 32 }, () => letter.charCodeAt(0)))
    const transport = await joined(self)
    await transport.learn(peer, [network.addressOf(peer)])
    return createClient({ world, transport, documents: documentsOf(self) })
  }

  const world: World = {
    time,
    network,
    peer,
    disk,
    directory,
    raise(epoch) {
      directory.epoch = epoch
      for (const told of changes) told({ peer, from: 'ALIVE', to: 'ALIVE', member: memberIn(epoch) })
    },
    join() {
      directory.state = 'joined'
      for (const told of joins) told()
    },
    returned() {
      for (const told of returns) told()
    },
    start,
    async crash() {
      network.crash(peer)
      for (const told of [changes, joins, returns]) told.clear()
      directory.epoch++
      await time.advance(50)
    },
    client
  }
  return world
}

function listened<T>(listeners: Set<T>, listener: T): { close(): void } {
  listeners.add(listener)
  return { close: () => void listeners.delete(listener) }
}

function createClient(parts: { world: World; transport: Transport; documents: Documents }): Client {
  const { world, transport, documents } = parts
  const granted: Lease[] = []
  const revoked: Fence[] = []
  const offers: Offer[] = []
  let requests = 0

  transport.serve(grantProtocol, ({ leases }) => {
    const opened = leases.map((lease) => documents.leases.open(lease).document)
    granted.push(...opened)
    return { unwanted: client.wants ? [] : opened.map(({ fence }) => fence) }
  })
  transport.serve(revokeProtocol, ({ fences }) => {
    revoked.push(...fences)
    return {}
  })
  transport.serve(offerProtocol, ({ offer }) => {
    client.offer = offer as Signed
    const { document } = documents.offers.open(client.offer)
    offers.push(document)
    return {}
  })
  transport.serve(offersProtocol, ({ owner }) => {
    const known = owner === world.peer ? [client.lost, client.offer].filter((offer) => offer !== undefined) : []
    return { offers: known, leftMs: known.map(() => 1), trees: [], keptMs: client.keptMs }
  })

  async function outcomes(protocol: typeof confirmProtocol, fences: readonly Fence[]): Promise<readonly (Lease | string)[]> {
    const reply = await world.time.settle(transport.request(world.peer, protocol, { fences }))
    return reply.outcomes.map((outcome) => (typeof outcome === 'string' ? outcome : documents.leases.open(outcome).document))
  }

  function propose(request: Signed, units: readonly number[], waitedMs: number): Promise<ReplyOf<typeof proposeProtocol>> {
    return world.time.settle(transport.request(world.peer, proposeProtocol, { request, units, waitedMs }))
  }

  const client: Client = {
    peer: transport.self,
    transport,
    granted,
    revoked,
    offers,
    wants: true,
    offer: undefined,
    lost: undefined,
    keptMs: restingTtlMs(options),
    request: (change = {}) => ({
      network: 'net',
      requester: transport.self,
      id: (++requests).toString(16).padStart(16, '0'),
      epoch: 1,
      seq: 1,
      ttlMs: 60_000,
      expression: 'arch == "arm"',
      amounts: needs(1000),
      count: 1,
      gang: false,
      priority: 4,
      ...change
    }),
    propose: (request, units = [0], waitedMs = 0) => propose(client.seal(request), units, waitedMs),
    proposeFor: (requester, request) => propose(requester.seal(request), [0], 0),
    seal: (request) => documents.requests.seal(request).signed,
    confirm: (...fences) => outcomes(confirmProtocol, fences),
    renew: (...fences) => outcomes(renewProtocol, fences),
    release: async (...fences) => (await world.time.settle(transport.request(world.peer, releaseProtocol, { fences }))).outcomes
  }
  return client
}

/** The lease of a request that there is room for. */
export async function granted(client: Client, change: Parameters<Client['request']>[0] = {}): Promise<Lease> {
  const before = client.granted.length
  await client.propose(client.request(change))
  const [lease] = client.granted.slice(before)
  assert.ok(lease, 'nothing was granted')
  return lease
}

/** The fence of a lease that was granted and confirmed. */
export async function active(client: Client, change: Parameters<Client['request']>[0] = {}): Promise<Fence> {
  const { fence } = await granted(client, change)
  const [lease] = await client.confirm(fence)
  assert.equal((lease as Lease).state, 'active')
  return fence
}

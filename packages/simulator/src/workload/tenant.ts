import { isCloudError, type PeerId, pick, type Random } from '@cloudpeer/core'
import { parseDescription, type Schema } from '@cloudpeer/model'
import type { RequestSpec } from '@cloudpeer/provisioning'
import type { SimulatedNode } from '../cloud/simulated-cloud.ts'
import { drawShare } from './capacities.ts'
import { createRequestGenerator, everyRequest, type GeneratedRequest, type RequestMix, wrongRequest } from './capacity-requests.ts'

/** What a tenant, or a machine's operator, does once, and how often among all of it: what is never among it is drawn apart. */
const weights = {
  'create request': 12,
  'create wrong request': 1,
  'cancel request': 2,
  'release lease': 3,
  'renew lease': 1,
  'explain request': 1,
  'set capacity': 1,
  drain: 1,
  undrain: 6,
  'end lease': 0,
  'create request again': 0
} as const

/** One of {@link tenantOperations}. */
export type TenantOperation = keyof typeof weights

/** All that tenants and operators do. */
export const tenantOperations = Object.keys(weights) as readonly TenantOperation[]

const lots = tenantOperations.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind))

/** Draws what is done next. */
export function drawTenantOperation(random: Random): TenantOperation {
  return pick(random, lots)
}

/** Keys under which one machine's requests are sent again and again: few, so that some are under way more than once at a time. */
const keysPerMachine = 3
/** Share of them that are sent twice at once. */
const atOnceShare = 0.3

/** A request that is sent again under its key, and the ids that it was told to have. */
export interface KeyedRequest {
  readonly peer: PeerId
  readonly key: string
  readonly generated: GeneratedRequest
  readonly ids: Set<string>
}

/** What ends between its being chosen and its being done. */
const ended = new Set(['REQUEST_UNKNOWN', 'REQUEST_ENDED', 'LEASE_UNKNOWN', 'LEASE_LATE', 'LEASE_OVERRUN', 'LEASE_RECALLED'])

/** People who want capacity of others, and who offer their own, at the nodes of a cloud. */
export class Tenant {
  readonly #schema: Schema
  readonly #mix: RequestMix
  readonly #meanings = new Map<string, GeneratedRequest['matches']>()
  readonly #gangs = new Map<string, PeerId>()
  readonly #keyed = new Map<string, KeyedRequest>()
  readonly #listeners: ((id: string, node: SimulatedNode) => void)[] = []

  constructor(schema: Schema, mix: RequestMix = everyRequest) {
    this.#schema = schema
    this.#mix = mix
  }

  /** Told of each request when a tenant is told that it is there, and at which node. */
  onCreated(listener: (id: string, node: SimulatedNode) => void): void {
    this.#listeners.push(listener)
  }

  /** The ids of the requests for gangs, and whose they are. */
  get gangs(): ReadonlyMap<string, PeerId> {
    return this.#gangs
  }

  /** The requests that are sent again under their keys. */
  get keyed(): readonly KeyedRequest[] {
    return [...this.#keyed.values()]
  }

  /** What an expression that was asked for means; undefined for any other. */
  meaningOf(expression: string): GeneratedRequest['matches'] | undefined {
    return this.#meanings.get(expression)
  }

  /** Does an operation at a node. */
  async perform(kind: TenantOperation, node: SimulatedNode, random: Random): Promise<void> {
    try {
      await this.#do(kind, node, random)
    } catch (error) {
      if (!(isCloudError(error) && ended.has(error.code))) throw error
    }
  }

  async #do(kind: TenantOperation, node: SimulatedNode, random: Random): Promise<void> {
    const { peer, machine, provisioning } = node
    switch (kind) {
      case 'create request':
        return void (await this.#create(node, this.#next(random).spec))
      case 'create request again': {
        const { key, generated, ids } = this.#keyedAt(peer, random)
        const send = () => this.#create(node, { ...generated.spec, idempotencyKey: key })
        for (const id of await Promise.all(random.next() < atOnceShare ? [send(), send()] : [send()])) ids.add(id)
        return
      }
      case 'create wrong request':
        return void (await refused(() => provisioning.create(wrongRequest(random, this.#next(random)))))
      case 'cancel request':
        return withOne(random, provisioning.requests(), ({ id }) => provisioning.cancel(id))
      case 'explain request':
        return withOne(random, provisioning.requests(), ({ id }) => provisioning.explain(id))
      case 'release lease':
        return withOne(random, leasesOf(peer, provisioning.leases()), ({ id }) => provisioning.release(id))
      case 'renew lease':
        return withOne(random, leasesOf(peer, provisioning.leases()), ({ id }) => provisioning.renew(id))
      case 'set capacity': {
        if (machine.capacity === undefined) return
        const { total, attributes } = drawShare(random, machine.capacity)
        const described = parseDescription({ name: 'machine', attributes }, this.#schema)
        return void (await provisioning.setCapacity({ total, attributes: described.attributes }))
      }
      case 'drain':
        return void (await provisioning.drain())
      case 'undrain':
        return void (await provisioning.undrain())
      case 'end lease': {
        const granted = provisioning.leases().filter(({ side }) => side === 'owner')
        return withOne(random, granted, ({ id }) => provisioning.endLease(id))
      }
    }
  }

  async #create(node: SimulatedNode, spec: RequestSpec): Promise<string> {
    const { id, gang } = await node.provisioning.create(spec)
    if (gang) this.#gangs.set(id, node.peer)
    for (const listener of this.#listeners) listener(id, node)
    return id
  }

  #keyedAt(peer: PeerId, random: Random): KeyedRequest {
    const key = `key-${random.integer(keysPerMachine)}`
    const keyed = this.#keyed.get(`${peer} ${key}`) ?? { peer, key, generated: this.#next(random), ids: new Set() }
    this.#keyed.set(`${peer} ${key}`, keyed)
    return keyed
  }

  #next(random: Random): GeneratedRequest {
    const generated = createRequestGenerator(random, this.#mix)()
    this.#meanings.set(generated.spec.expression, generated.matches)
    return generated
  }
}

/** Leases that a node has, rather than granted. */
function leasesOf<T extends { readonly lease: { readonly requester: PeerId } }>(peer: PeerId, leases: readonly T[]): readonly T[] {
  return leases.filter(({ lease }) => lease.requester === peer)
}

async function withOne<T>(random: Random, all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  if (all.length > 0) await work(pick(random, all))
}

/** Fails unless a request is refused as one that is wrong. */
async function refused(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (isCloudError(error, 'INVALID')) return
    throw error
  }
  throw new Error('a request that is wrong was taken')
}

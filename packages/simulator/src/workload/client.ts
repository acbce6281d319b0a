import { isCloudError, pick, present, type Random, sample } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { QueryRequest } from '@cloudpeer/registry'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { SimulatedCloud, SimulatedNode } from '../cloud/simulated-cloud.ts'
import type { Change, History, Outcome } from './history.ts'
import { allPages } from './pages.ts'
import { createQueryMaker, type GeneratedQuery } from './queries.ts'
import { createRecordGenerator, type PlainDescription } from './records.ts'
import { Tenant, type TenantOperation, tenantOperations } from './tenant.ts'

/** What is done to services, by the founder to the schema, and what is done about capacity. */
export const operationKinds = ['register', 'remove', 'query', 'strong query', 'index attribute', ...tenantOperations] as const

/** What a client does once. */
export interface Operation {
  readonly id: number
  readonly kind: (typeof operationKinds)[number]
  readonly atMs: number
  /** The number of the machine at whose node it is done. */
  readonly machine: number
}

/** How a query is asked. */
interface How extends Pick<QueryRequest, 'limit' | 'orderBy'> {
  readonly strong: boolean
}

/** Names that one owner gives its services: few, so that most registrations replace something. */
const namesPerOwner = 8
/** Services of one registration. */
const batchMax = 4
/** Share of the changes that are read back, by a strong read at some other node. */
const readBackShare = 0.5
/** Services from which queries take their values. */
const vocabularySize = 100
/** Matches of one page where more than there are may come at once. */
const limit = 1000
/**
 * How queries are asked: at once, in some order, or page by page in the order of the names, in which no service changes its place while
 * somebody turns the pages.
 */
const ways = [{ limit }, { limit, orderBy: 'load' }, { limit, orderBy: 'price:desc' }, { limit: 3 }, { limit: 12 }] as const

/** Errors that say that nothing was stored; whatever replicas refuse stays with its owner and is offered again. */
const refusals = new Set(['INVALID'])

/** Applications at the nodes of a cloud: what they do and are told goes into a history. */
export class Client {
  readonly #cloud: SimulatedCloud
  readonly #seed: number
  readonly #history: History
  readonly #query: (random: Random) => GeneratedQuery
  readonly #tenant: Tenant
  /** What is indexed that the first schema did not index. */
  readonly #indexed = new Set<string>()

  constructor(cloud: SimulatedCloud, seed: number, history: History, tenant = new Tenant(cloud.schema)) {
    this.#cloud = cloud
    this.#seed = seed
    this.#history = history
    this.#tenant = tenant
    const random = derivedRandom(seed, 'vocabulary')
    const generate = createRecordGenerator(random)
    const vocabulary = Array.from({ length: vocabularySize }, (_, index) => generate(`v${index}`))
    this.#query = createQueryMaker(vocabulary)
  }

  /** Does an operation now, at the node that runs on its machine; nothing where none does. */
  async perform({ id, kind, machine }: Operation): Promise<void> {
    const node = this.#cloud.nodes.find((each) => each.machine.number === machine)
    if (node === undefined) return void this.#history.counts.skipped++
    const random = derivedRandom(this.#seed, `operation ${id}`)
    await this.#attempt(kind, id, node, () => this.#do(kind, id, node, random))
  }

  /** Does something at a node, and lets the history know if it fails. */
  async #attempt(kind: Operation['kind'], id: number, node: SimulatedNode, work: () => Promise<void>): Promise<void> {
    const fromMs = this.#cloud.time.now
    this.#history.counts.begun++
    try {
      await work()
      this.#history.counts.done++
    } catch (error) {
      this.#history.failed({ id, kind, machine: node.machine.number, fromMs, untilMs: this.#cloud.time.now, error })
    }
  }

  #do(kind: Operation['kind'], id: number, node: SimulatedNode, random: Random): Promise<void> {
    if (kind === 'register') return this.#register(node, random, id)
    if (kind === 'remove') return this.#remove(node, random, id)
    if (kind === 'index attribute') return this.#index(node, random)
    if (isTenantOperation(kind)) return this.#tenant.perform(kind, node, random)
    return this.ask(node, this.#query(random), { strong: kind === 'strong query', ...pick(random, ways) }, id)
  }

  /** The founder publishes a schema with one more indexed attribute, of the version after the one that it knows; nobody else can. */
  async #index({ peer, overlay }: SimulatedNode, random: Random): Promise<void> {
    if (peer !== overlay.network.founder) return
    const { attributes } = this.#cloud.schema
    this.#indexed.add(
      pick(
        random,
        Object.keys(attributes).filter((name) => attributes[name]?.indexed !== true)
      )
    )
    const version = overlay.network.schemaVersion + 1
    const more = Object.fromEntries([...this.#indexed].map((name) => [name, { ...attributes[name], indexed: true }]))
    await overlay.publishSchema({ ...this.#cloud.schema, version, attributes: { ...attributes, ...more } }, version)
  }

  async #register(node: SimulatedNode, random: Random, id: number): Promise<void> {
    const generate = createRecordGenerator(random)
    const names = sample(random, ownNames(), 1 + random.integer(batchMax))
    const described = names.map(generate)
    const descriptions = described.map((plain) => parseDescription(plain, this.#cloud.schema))
    const changes = described.map((plain) => this.#begin(node, plain.name, plain))
    await this.#settle(changes, () => node.registry.register(descriptions))
    if (random.next() < readBackShare) void this.#readBack(pick(random, this.#cloud.nodes), pick(random, names), id)
  }

  /** Somebody else looks at once for what has just been registered or withdrawn. */
  #readBack(node: SimulatedNode, name: string, id: number): Promise<void> {
    const matches = (service: PlainDescription): boolean => service.name === name
    const query = { expression: `name == "${name}"`, matches, attributes: ['name'], hasOr: false, hasNot: false }
    return this.#attempt('strong query', id, node, () => this.ask(node, query, { strong: true }, id))
  }

  async #remove(node: SimulatedNode, random: Random, id: number): Promise<void> {
    const name = pick(random, ownNames())
    await this.#settle([this.#begin(node, name, undefined)], () => node.registry.remove(name))
    if (random.next() < readBackShare) void this.#readBack(pick(random, this.#cloud.nodes), name, id)
  }

  /** Asks at one node, page after page, and lets the history know the answer. */
  async ask(node: SimulatedNode, query: GeneratedQuery, how: How, id: number): Promise<void> {
    const fromMs = this.#cloud.time.now
    const { strong } = how
    const answer = await allPages(node, { expression: query.expression, limit, explain: true, ...how })
    this.#history.answered({ id, asker: node.peer, strong, query, fromMs, untilMs: this.#cloud.time.now, answer })
  }

  /** A query of the same kind as those that operations ask. */
  nextQuery(random: Random): GeneratedQuery {
    return this.#query(random)
  }

  #begin(node: SimulatedNode, name: string, description: PlainDescription | undefined): Change {
    return this.#history.begin(node.peer, name, description, this.#cloud.time.now)
  }

  async #settle(changes: readonly Change[], work: () => Promise<unknown>): Promise<void> {
    const settle = (outcome: Outcome): void => {
      for (const change of changes) this.#history.settle(change, outcome, this.#cloud.time.now)
    }
    try {
      await work()
      settle('acknowledged')
    } catch (error) {
      settle(isCloudError(error) && refusals.has(error.code) ? 'refused' : 'unknown')
      throw error
    }
  }
}

function isTenantOperation(kind: Operation['kind']): kind is TenantOperation {
  return (tenantOperations as readonly string[]).includes(kind)
}

function ownNames(): readonly string[] {
  return Array.from({ length: namesPerOwner }, (_, index) => `s${index}`)
}

/** Names and plain values of a service that an owner has, as the workload would have described it. */
export function asPlain(service: { readonly name: string; readonly attributes: object }): PlainDescription {
  return { name: service.name, attributes: present(service.attributes as PlainDescription['attributes'], 'attributes') }
}

import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import type { Capacity } from './capacity.ts'

/** An attribute and its values in one service: each value makes a pair. */
export interface ServiceAttribute {
  readonly attribute: string
  readonly values: readonly string[]
}

/** A service as the papers describe it. */
export interface PaperService {
  readonly id: number
  readonly attributes: readonly ServiceAttribute[]
}

/** One condition of a query; all of them have to hold. */
export interface QueryTerm {
  readonly attribute: string
  readonly value: string
}

/** What became of one operation. */
export interface Outcome {
  /** Whether the registration was acknowledged, or the query answered in full. */
  readonly ok: boolean
  /** Virtual time until its originator knew, in ms. */
  readonly latencyMs: number
}

/** An answered query. */
export interface QueryOutcome extends Outcome {
  /** Ids of the services found, in ascending order. */
  readonly found: readonly number[]
}

/** A network that runs one scheme of service discovery. Nodes are named by their number, from 0. */
export interface DiscoveryNetwork {
  readonly time: VirtualTime
  /** One-way messages of registrations and queries so far, replies and acknowledgements among them; of messages to oneself none. */
  readonly messages: number
  register(node: number, service: PaperService): Promise<Outcome>
  query(node: number, terms: readonly QueryTerm[]): Promise<QueryOutcome>
  stop(): Promise<void>
}

/** What a scheme is deployed with. */
export interface Deployment {
  readonly nodes: number
  readonly seed: number
  readonly capacity: Capacity
  /** One way's time between any two nodes, in ms. */
  readonly oneWayMs: number
  /** The attributes that services may have, the most popular first. */
  readonly attributes: readonly string[]
  /** What S1 hashes to a node: an attribute's name, as it is written, or each pair. */
  readonly hashed: 'attribute' | 'pair'
  /** Attributes that Cloudpeer's schema indexes: the first of `attributes`. */
  readonly indexed: number
  /** Copies of each of Cloudpeer's shards. */
  readonly replicas: number
  /** What a node that keeps whole services under one attribute counts each as: the pairs of this attribute, or all of its pairs. */
  readonly counted: 'entry' | 'whole'
  /** How many pairs that is on average. */
  readonly pairsPerCopy: number
}

/** A way to find services, to be compared with others. */
export interface Scheme {
  readonly name: string
  /** What a chart calls it. */
  readonly title: string
  /** One sentence on what it does. */
  readonly about: string
  deploy(deployment: Deployment): Promise<DiscoveryNetwork>
}

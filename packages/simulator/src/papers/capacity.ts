import { TokenBucket } from '@cloudpeer/core'

/** What one node can take, in the terms of Zhygmanovskyi and Yoshida, section 4.2. Infinite where there is no bound. */
export interface Capacity {
  /** Attribute-value pairs that a node's database holds. */
  readonly pairsMax: number
  /** Pairs that a node registers in a second. */
  readonly registrationsPerSecond: number
  /** Queries, or parts of queries, that a node answers in a second. */
  readonly queriesPerSecond: number
}

/** Bounds nothing. */
export const unlimited: Capacity = {
  pairsMax: Number.POSITIVE_INFINITY,
  registrationsPerSecond: Number.POSITIVE_INFINITY,
  queriesPerSecond: Number.POSITIVE_INFINITY
}

/** The rates of one node: what it does for others in a second, with one second's worth at once after a rest. */
export class NodeRates {
  readonly #registrations: TokenBucket | undefined
  readonly #queries: TokenBucket | undefined

  /** `share` of the capacity: 1 for the bound itself, less for a mark below it. */
  constructor({ registrationsPerSecond, queriesPerSecond }: Capacity, share = 1) {
    this.#registrations = bucketOf(registrationsPerSecond * share)
    this.#queries = bucketOf(queriesPerSecond * share)
  }

  /** Whether so many pairs may be registered now. */
  takeRegistrations(pairs: number, nowMs: number): boolean {
    return this.#registrations === undefined || this.#registrations.take(nowMs, pairs) === 0
  }

  /** Whether a query may be answered now. */
  takeQuery(nowMs: number): boolean {
    return this.#queries === undefined || this.#queries.take(nowMs) === 0
  }
}

function bucketOf(perSecond: number): TokenBucket | undefined {
  return Number.isFinite(perSecond) ? new TokenBucket({ perSecond, burst: perSecond }, 0) : undefined
}

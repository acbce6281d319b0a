/** What an operator may change; every bound of provisioning that is not part of the wire. */
export interface ProvisioningOptions {
  /** Matchers of a cell, where there are that many nodes. Default 3. */
  readonly matchers: number
  /** How long capacity is kept for a requester that has not confirmed, in ms. Default 5 s. */
  readonly holdMs: number
  /** How long a lease lasts without being renewed, in ms; renewed after a third. Default 60 s. */
  readonly leaseMs: number
  /** How long a matcher keeps an offer, and a request, without hearing of it, in ms; told anew after a third. Offers that do not change last longer. Default 60 s. */
  readonly offerTtlMs: number
  readonly requestTtlMs: number
  /** How long changes of what is free are collected before they are told, in ms. Default 50. */
  readonly offerDelayMs: number
  /** How long grants are collected before one commit, in ms. Default 1. */
  readonly commitDelayMs: number
  /** How long the matchers of a request's later cells leave it to the first, in ms, per cell. Default 150. */
  readonly staggerMs: number
  /** First and longest wait of a matcher before it proposes a request to an owner again that denied it, in ms. Default 250 and 8,000. */
  readonly proposeBackoffFirstMs: number
  readonly proposeBackoffMaxMs: number
  /** Waiting requests of a cell; beyond, QUEUE_FULL. Default 10,000. */
  readonly waitingMax: number
  /** Waiting requests of one requester in a cell; beyond, QUEUE_FULL. Default 3,000. */
  readonly waitingPerRequesterMax: number
  /** Offers that a matcher keeps. Default 20,000. */
  readonly offersMax: number
  /** Leases of an owner. Default 10,000. */
  readonly leasesMax: number
  /** Open requests of a node. Default 10,000. */
  readonly requestsMax: number
  /** Offers of a cell beyond which it splits, and waiting requests. Default 256 each. */
  readonly cellOffersMax: number
  readonly cellRequestsMax: number
  /** After how much waiting a request counts as one priority higher, in ms. Default 60 s. */
  readonly agingMs: number
}

/** The defaults. */
export const provisioningDefaults: ProvisioningOptions = {
  matchers: 3,
  holdMs: 5_000,
  leaseMs: 60_000,
  offerTtlMs: 60_000,
  requestTtlMs: 60_000,
  offerDelayMs: 50,
  commitDelayMs: 1,
  staggerMs: 150,
  proposeBackoffFirstMs: 250,
  proposeBackoffMaxMs: 8_000,
  waitingMax: 10_000,
  waitingPerRequesterMax: 3_000,
  offersMax: 20_000,
  leasesMax: 10_000,
  requestsMax: 10_000,
  cellOffersMax: 256,
  cellRequestsMax: 256,
  agingMs: 60_000
}

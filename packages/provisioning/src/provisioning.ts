import type { CloudError } from '@cloudpeer/core'
import type { Amounts, Attributes, Capacity } from '@cloudpeer/model'
import type { Lease } from './documents/lease.ts'
import type { Signed } from './documents/signed-document.ts'

/** What an owner offers, and by which attributes it is found. */
export interface OwnedCapacity {
  readonly total: Capacity
  /** In canonical form. What is a dimension of the network's cells has one value at most. */
  readonly attributes: Attributes
}

/** Why an owner grants, or does not. */
export type OwnerState =
  /** It offers nothing: no capacity was ever set. */
  | 'idle'
  | 'open'
  /** By the operator's wish, for as long as it lasts: leases go on, nothing is granted. */
  | 'draining'
  /** It does not know what it granted before this start, and waits until that must have ended. */
  | 'quarantined'
  /** A commit failed: nothing is granted until it restarts. */
  | 'read-only'

/** What an owner has, and what of it is taken. */
export interface CapacityStatus {
  readonly state: OwnerState
  readonly total: Capacity
  readonly free: Capacity
  readonly attributes: Attributes
  /** Leases that wait for their requesters' confirmation, that are confirmed, that are called back, and whose work is being stopped: each is one of these. */
  readonly held: number
  readonly active: number
  readonly recalled: number
  readonly ending: number
  /** How long the quarantine still lasts, in ms; 0 without one. */
  readonly quarantineMs: number
  /** The cell that the offer is in, as text. */
  readonly cell: string
}

/** What somebody asks for. */
export interface RequestSpec {
  readonly expression: string
  readonly amounts: Amounts
  /** 1 if not given. */
  readonly count?: number
  readonly gang?: boolean
  /** 0 to 9; 4 if not given. */
  readonly priority?: number
  /** How long it may wait, in ms; for ever if not given. */
  readonly deadlineMs?: number
  /** How long each lease is wanted, in ms; until it is released if not given. */
  readonly durationMs?: number
  /** Whether terms of the expression may be dropped, lightest first, when no known owner could ever fit. */
  readonly mayRelax?: boolean
  /** By which the same request, sent again, is known: 1 to 64 printable ASCII characters. It lasts as long as the request is remembered. */
  readonly idempotencyKey?: string
}

/**
 * How far a request is: the four outcomes of Zhygmanovskyi and Yoshida (2013, Figure 7), and how it ends. A request that waits is
 * `waiting` where owners fit that are busy, `scale-out-asked` where none could ever fit and the infrastructure was told,
 * `relaxed` where it now waits with fewer terms. One that was granted before this node started again is `verifying` until the
 * owners of all its leases have said that they last.
 */
export type RequestState = 'waiting' | 'scale-out-asked' | 'relaxed' | 'granted' | 'verifying' | 'ended' | 'cancelled' | 'expired'

/** One unit of a request. */
export interface UnitStatus {
  readonly unit: number
  /**
   * `held` while its owner waits for the confirmation; `unverified` where its lease was active before this node started again, and its owner
   * has not spoken since; `recalled` where its owner has called the lease back, which lasts for a while yet, and another is wanted; `done` once
   * it was released, ended or given up.
   */
  readonly state: 'wanted' | 'held' | 'unverified' | 'active' | 'recalled' | 'done'
  /** The lease, where there is one. */
  readonly lease?: string
}

/** A request of this node. */
export interface RequestStatus {
  readonly id: string
  readonly state: RequestState
  /** As it was asked, and as it is now where it was relaxed. */
  readonly expression: string
  readonly relaxedTo?: string
  readonly amounts: Amounts
  readonly count: number
  readonly gang: boolean
  readonly priority: number
  readonly deadlineMs?: number
  readonly durationMs?: number
  readonly idempotencyKey?: string
  /** By the wall clock, in ms since 1970: for people. */
  readonly createdAt: number
  /** How long it has waited, or did until it was granted, in ms. */
  readonly waitedMs: number
  readonly units: readonly UnitStatus[]
  /** The cells in which it waits, as text, and how many matchers have acknowledged it. */
  readonly cells: readonly string[]
  readonly acknowledged: number
  /** Why no matcher has it, by the code of the error; it is submitted again every few seconds. */
  readonly refused?: string
}

/** A request that was asked for. */
export interface CreatedRequest extends RequestStatus {
  /** Whether it was there already: it was sent before with its key. */
  readonly repeated: boolean
}

/** Why a request waits: counts of owners, over all that are known. */
export interface Waiting {
  /** Owners that offer capacity, and those of their matchers that answered: fewer means that counts are too low. */
  readonly owners: number
  readonly asked: number
  readonly answered: number
  /** Owners that satisfy the expression, that are large enough besides, and that have enough free now. */
  readonly matching: number
  readonly couldEver: number
  readonly fitNow: number
  /** Of those that fit now: owners that hold nothing for this node for a while, since it let holds pass without a confirmation. */
  readonly pausing: number
  /** Each term of the expression, and each amount, by itself. */
  readonly terms: readonly WaitingTerm[]
  /** The term without which most owners would fit now; absent where no single one helps. */
  readonly excludesMost?: string
}

/** What one term, or one amount, does. */
export interface WaitingTerm {
  /** Such as `speed_ghz > 2.4`, or `cpu >= 2000 milli`. */
  readonly term: string
  /** Owners that satisfy it. */
  readonly owners: number
  /** Owners that would fit now if it were dropped. */
  readonly fitWithout: number
}

/** A lease as one of its two sides sees it. */
export interface LeaseStatus {
  readonly id: string
  /** Whether this node has it, or granted it. */
  readonly side: 'requester' | 'owner'
  readonly lease: Lease
  /** As for the unit of a request. */
  readonly state: 'held' | 'unverified' | 'active' | 'recalled'
  /** How long ago its owner called it back, in ms, as far as this side knows; absent for most. */
  readonly recalledMs?: number
  /** Until when it surely lasts unless it is renewed, in ms from now: 0 for a requester that has not heard from its owner. */
  readonly leftMs: number
  /** What proves it to a third party. */
  readonly signed: Signed
}

/** What starts and stops the work under an owner's leases. */
export interface Workloads {
  /** A lease has become active, or was found in the ledger after a restart. Must not throw. */
  start(lease: Lease): void
  /** A lease has ended. Its capacity is free again when this resolves; it must do so within a bounded time. */
  stop(lease: Lease): Promise<void>
}

/** Tells the infrastructure what is missing. */
export type ScaleOut = (request: RequestStatus, waiting: Waiting) => Promise<void>

/** Who gets which capacity: offers this node's own, takes leases of others' for its user, and matches its share of requests. */
export interface Provisioning {
  start(): Promise<void>
  stop(): Promise<void>

  capacity(): CapacityStatus
  /** Offers capacity from now on. INVALID, CAPACITY_IN_USE where more is leased than is to be left, LEDGER_READ_ONLY. */
  setCapacity(capacity: OwnedCapacity): Promise<CapacityStatus>
  /** Grants nothing any more; leases go on, unless they are called back too. NO_CAPACITY, LEDGER_READ_ONLY. */
  drain(change?: { readonly endLeases?: boolean }): Promise<CapacityStatus>
  undrain(): Promise<CapacityStatus>

  /**
   * Asks, durably, and resolves once a matcher of each of its cells has it, or after 5 s. What is sent again with its key, while it is created
   * or as long as it is remembered, is one request. INVALID, QUERY_*, IDEMPOTENCY_KEY_REUSED, REQUESTS_FULL, STORE_FULL, STORE_FAILED, STOPPED.
   */
  create(spec: RequestSpec): Promise<CreatedRequest>
  /** This node's requests, newest first; ended ones are remembered for an hour, 1,000 at most. */
  requests(): readonly RequestStatus[]
  /** REQUEST_UNKNOWN. */
  request(id: string): RequestStatus
  /** Resolves when the request neither waits nor is verified, or after `timeoutMs`. REQUEST_UNKNOWN. */
  until(id: string, timeoutMs: number, signal?: AbortSignal): Promise<RequestStatus>
  /** Asks all matchers why the request waits. REQUEST_UNKNOWN. */
  explain(id: string, signal?: AbortSignal): Promise<Waiting>
  /** Withdraws a request, durably, and releases its leases; once more changes nothing. REQUEST_UNKNOWN, REQUEST_ENDED, STORE_FULL, STORE_FAILED, STOPPED. */
  cancel(id: string): Promise<RequestStatus>

  /** Leases that this node has, and those that it granted. */
  leases(): readonly LeaseStatus[]
  /** Asks the owner of a lease of this node now. LEASE_UNKNOWN and what the owner answers. */
  renew(id: string): Promise<LeaseStatus>
  /** Gives a lease of this node back, durably; its unit is done. LEASE_UNKNOWN, STORE_FULL, STORE_FAILED, STOPPED. */
  release(id: string): Promise<void>
  /**
   * Calls back a lease that this node granted, durably: it is not renewed any more, and its requester is told to look for another. In how many ms
   * it ends at the latest. LEASE_UNKNOWN, NOT_OWNER, LEDGER_READ_ONLY.
   */
  endLease(id: string): Promise<number>

  status(): ProvisioningStatus
  /**
   * What keeps this node from granting, or from being granted anything, until somebody does something or time has passed: LEDGER_READ_ONLY,
   * QUARANTINED; OVERTAKEN where matchers refuse its requests because another process with its key has spoken later. At most one of each code.
   */
  problems(): readonly CloudError[]
}

/** What this node does for provisioning. */
export interface ProvisioningStatus {
  readonly owner: OwnerState
  /** Open requests of this node. */
  readonly requests: number
  /** What it keeps for others as a matcher. */
  readonly matcher: { readonly cells: number; readonly offers: number; readonly waiting: number }
}

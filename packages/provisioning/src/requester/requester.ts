import {
  type Clock,
  CloudError,
  isCloudError,
  type Log,
  type Metrics,
  type PeerId,
  present,
  type Random,
  type Scope,
  type StoreFactory,
  startDeadline
} from '@cloudpeer/core'
import type { CompiledQueries, Schema } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { RequestOf, Subscription, Transport } from '@cloudpeer/transport'
import { type CellMatchers, createKnownTrees, type Space } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import { leaseId } from '../documents/lease.ts'
import type { ProvisioningOptions } from '../options.ts'
import { grantProtocol, recallProtocol, revokeProtocol } from '../protocols/grant.ts'
import type { LeaseStatus, Provisioning, RequestStatus, ScaleOut } from '../provisioning.ts'
import { createCensus } from './census.ts'
import { createCreation } from './creation.ts'
import { createTakeGrants } from './grants.ts'
import { createLeaseAsker } from './lease-asker.ts'
import { LeaseIndex, type LeaseOfRequest } from './lease-index.ts'
import { createMatchersOf } from './matchers-of.ts'
import { isUndecided } from './outcome.ts'
import type { OwnRequest } from './own-request.ts'
import { createProspects } from './prospects.ts'
import { createReleaser } from './releaser.ts'
import { RequestKeeper } from './request-keeper.ts'
import { RequestStore } from './request-store.ts'
import { RequestTables } from './request-tables.ts'
import { createRequestWriter } from './request-writer.ts'
import { resumedClock } from './resumed-clock.ts'
import { createSubmitter } from './submitter.ts'
import { leaseStateOf } from './unit.ts'
import { waitUntil } from './wait-until.ts'

/** What a requester works with. */
export interface RequesterParts {
  readonly network: string
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: Overlay
  readonly cellMatchers: CellMatchers
  readonly documents: Documents
  readonly queries: CompiledQueries
  readonly schema: () => Schema
  readonly space: () => Space
  readonly stores: StoreFactory
  readonly scaleOut: ScaleOut | undefined
  readonly options: ProvisioningOptions
  readonly scope: Scope
  readonly log: Log
  readonly metrics: Metrics
}

/** This node's own requests and the leases that it has for them. */
export interface Requester
  extends Pick<
    Provisioning,
    'create' | 'requests' | 'request' | 'until' | 'explain' | 'cancel' | 'leases' | 'renew' | 'release' | 'problems'
  > {
  /** Goes on with the requests of the last run. */
  start(): void
  /** The members have changed. */
  review(): void
  /** An owner is gone for good, and with it all leases that it granted. */
  ownerGone(owner: PeerId): void
  /** Requests that have not ended. */
  readonly openCount: number
  stop(): void
}

/** How long `create` waits for matchers, in ms. */
const submitMsMax = 5_000
/** Share of a request's ttl after which matchers are told of it again. */
const refreshShare = 1 / 3

/** Makes one node's requester. It opens its store at once and talks to nobody before `start`. */
export function createRequester(given: RequesterParts): Requester {
  const tables = new RequestTables(given.stores)
  const left = tables.read()
  const clock = resumedClock(given.clock, left.lastMs)
  const parts = { ...given, clock }
  const { transport, documents, options, scope, log, metrics } = parts
  const store = new RequestStore({ clock, tables, documents, delayMs: options.commitDelayMs, log })
  const writer = createRequestWriter({ ...parts, ttlMs: options.requestTtlMs })
  const trees = createKnownTrees({ ...parts, ttlMs: options.requestTtlMs })
  const matchersOf = createMatchersOf({ ...parts, trees: trees.trees })
  const index = new LeaseIndex()
  const submitter = createSubmitter({ ...parts, matchersOf, trees })
  const releaser = createReleaser({ ...parts, leaseMs: options.leaseMs })
  const asker = createLeaseAsker({ ...parts, committed: () => store.committed(), changed })
  const census = createCensus({ ...parts, matchersOf })
  const prospects = createProspects({ ...parts, census, statusOf, relax: writer.relax, changed })
  const keeper = new RequestKeeper({ clock, store, index, submitter, releaser, asker, onWaiting: prospects.watch, metrics })
  const creation = createCreation({ ...parts, writer, keeper, openMax: options.requestsMax, submitted })
  const takeGrants = createTakeGrants({ self: transport.self, documents, now: () => clock.now(), find: (id) => keeper.get(id), changed })
  const subscriptions: Subscription[] = []

  function changed(request: OwnRequest): void {
    keeper.changed(request)
  }

  function statusOf(request: OwnRequest): RequestStatus {
    const [cells, acknowledged, refused] = [submitter.cells(request), submitter.acknowledged(request), submitter.refused(request)]
    return request.status(clock.now(), { cells, acknowledged, ...(refused === undefined ? {} : { refused }) })
  }

  function checkRunning(): void {
    if (scope.signal.aborted) throw new CloudError('STOPPED', { component: 'provisioning' })
  }

  function find(id: string): OwnRequest {
    const request = keeper.get(id)
    if (request === undefined) throw new CloudError('REQUEST_UNKNOWN', { request: id.slice(0, 64) })
    return request
  }

  function findLease(id: string): LeaseOfRequest {
    const found = index.named(id)
    if (found === undefined) throw new CloudError('LEASE_UNKNOWN', { lease: id.slice(0, 256) })
    return found
  }

  function leaseStatus({ request, lease }: LeaseOfRequest): LeaseStatus {
    const unit = present(request.book.find(lease.document), 'the unit of a lease')
    const untilMs = unit.state === 'confirming' ? 0 : unit.untilMs
    return {
      id: leaseId(lease.document),
      side: 'requester',
      lease: lease.document,
      state: leaseStateOf(unit),
      ...(unit.state === 'recalled' && { recalledMs: Math.max(0, Math.floor(clock.now() - unit.sinceMs)) }),
      leftMs: Math.max(0, Math.floor(untilMs - clock.now())),
      signed: lease.signed
    }
  }

  /** What an owner took back, or what ran out there. */
  function revoke({ fences }: RequestOf<typeof revokeProtocol>, owner: PeerId): void {
    for (const fence of fences) lose(index.get({ owner, fence }))
  }

  function recall({ fences }: RequestOf<typeof recallProtocol>, owner: PeerId): void {
    for (const found of fences.map((fence) => index.get({ owner, fence }))) {
      found?.request.book.recall(found.lease.document, clock.now())
      if (found !== undefined) changed(found.request)
    }
  }

  function lose(lost: LeaseOfRequest | undefined): void {
    lost?.request.book.lose(lost.lease.document)
    if (lost !== undefined) changed(lost.request)
  }

  /** Resolves when what was given back is written down, and its owners have been told or do not answer. */
  async function settled(): Promise<void> {
    await Promise.all([store.committed(), releaser.attempted()])
  }

  /** Waits for a while, by the end of which a condition holds or not. */
  async function waitAWhile(
    holds: () => boolean,
    watch: (look: () => void) => () => void,
    msMax: number,
    parent: AbortSignal = scope.signal
  ): Promise<void> {
    const deadline = startDeadline(clock, msMax, parent)
    try {
      await waitUntil(holds, watch, deadline.signal)
    } catch (error) {
      if (!deadline.expired || !isCloudError(error, 'CANCELLED')) throw error
    } finally {
      deadline.clear()
    }
  }

  function submitted(request: OwnRequest): Promise<void> {
    return waitAWhile(
      () => submitter.isSubmitted(request),
      (look) => submitter.watch(request, look),
      submitMsMax
    )
  }

  function refresh(): void {
    trees.sweep()
    for (const request of keeper.requests) submitter.refresh(request)
    if (keeper.openCount > 0) store.checkpoint()
  }

  return {
    start() {
      for (const request of store.resume(left)) keeper.restore(request)
      subscriptions.push(
        transport.serve(grantProtocol, (request, { from }) => takeGrants(request, from)),
        transport.serve(revokeProtocol, (request, { from }) => {
          revoke(request, from)
          return {}
        }),
        transport.serve(recallProtocol, (request, { from }) => {
          recall(request, from)
          return {}
        })
      )
      scope.repeat('telling matchers of requests again', () => options.requestTtlMs * refreshShare, refresh)
    },
    review() {
      for (const request of keeper.requests) submitter.replan(request)
    },
    ownerGone(owner) {
      for (const lease of index.of(owner)) lose(lease)
    },
    get openCount() {
      return keeper.openCount
    },
    stop() {
      for (const subscription of subscriptions.splice(0)) subscription.close()
      keeper.stop()
      store.close()
    },
    async create(spec) {
      checkRunning()
      const { request, repeated } = await creation(spec)
      return { ...statusOf(request), repeated }
    },
    requests: () => [...keeper.requests].reverse().map(statusOf),
    request: (id) => statusOf(find(id)),
    async until(id, timeoutMs, signal) {
      const request = find(id)
      await waitAWhile(
        () => !isUndecided(request.state),
        (look) => keeper.watch(request, look),
        timeoutMs,
        signal
      )
      return statusOf(request)
    },
    explain: async (id, signal) => census.all(find(id).request, signal),
    async cancel(id) {
      checkRunning()
      const request = find(id)
      if (request.book.isDone && request.state !== 'cancelled') throw new CloudError('REQUEST_ENDED', { request: id })
      keeper.giveUp(request)
      await settled()
      return statusOf(request)
    },
    problems: () => (submitter.isOvertaken ? [new CloudError('OVERTAKEN', { requester: transport.self })] : []),
    leases: () => [...index].map(leaseStatus),
    async renew(id) {
      const lease = findLease(id)
      await asker.renew(lease)
      return leaseStatus(findLease(id))
    },
    async release(id) {
      checkRunning()
      const { request, lease } = findLease(id)
      request.book.finish(lease.document)
      changed(request)
      await settled()
    }
  }
}

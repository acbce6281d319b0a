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
  type StoreFactory
} from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { ReplyOf, RequestOf, Subscription, Transport } from '@cloudpeer/transport'
import type { Documents } from '../documents/documents.ts'
import { type Fence, leaseId } from '../documents/lease.ts'
import type { Offer } from '../documents/offer.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { ProvisioningOptions } from '../options.ts'
import { confirmProtocol, proposeProtocol, releaseProtocol, renewProtocol } from '../protocols/grant.ts'
import type { CapacityStatus, LeaseStatus, OwnedCapacity, OwnerState, Workloads } from '../provisioning.ts'
import { createExpiryTimer } from './expiry-timer.ts'
import { createLeaseDesk } from './lease-desk.ts'
import { createLeaseDocuments } from './lease-documents.ts'
import { createLeaseNotices } from './lease-notices.ts'
import { createLedgerTrust } from './ledger-trust.ts'
import { createOfferPublisher } from './offer-publisher.ts'
import { offeredLeases } from './offered-leases.ts'
import { checkedCapacity } from './owned-capacity.ts'
import { ownerState } from './owner-state.ts'
import { createProposals } from './proposals.ts'
import { createWitnesses } from './witnesses.ts'
import { createWorkloadRunner } from './workload-runner.ts'

/** What an owner asks the overlay. */
export type OwnerOverlay = Pick<Overlay, 'state' | 'member' | 'responsible' | 'onChange' | 'onJoined' | 'onNetwork'>

/** What an owner is made of. */
export interface OwnerParts {
  readonly network: string
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: OwnerOverlay
  readonly stores: StoreFactory
  readonly documents: Documents
  readonly queries: CompiledQueries
  /** The text of the base cell of an offer. INVALID for several values of a dimension. */
  readonly locate: (owned: OwnedCapacity) => string
  /** Whether nobody can have a lease of this owner yet. */
  readonly isNew: boolean
  /** What it offers where its ledger does not say. */
  readonly capacity: OwnedCapacity | undefined
  readonly workloads: Workloads | undefined
  readonly options: ProvisioningOptions
  readonly scope: Scope
  readonly log: Log
  readonly metrics: Metrics
}

/** This node as an owner of capacity: it offers what it has, and alone decides who gets it. */
export interface Owner {
  /** Serves the protocols, starts the work of leases that go on, and offers what is free. */
  start(): Promise<void>
  /** Writes what is to be written. Leases go on, and are there after the next start. */
  stop(): void
  /** The members have changed. */
  review(): void
  readonly state: OwnerState
  capacity(): CapacityStatus
  /** INVALID, CAPACITY_IN_USE, LEDGER_READ_ONLY. */
  setCapacity(capacity: OwnedCapacity): Promise<CapacityStatus>
  /** NO_CAPACITY, LEDGER_READ_ONLY. */
  setDraining(draining: boolean): Promise<CapacityStatus>
  /** The leases that it granted, in the order of their fences. */
  leases(): readonly LeaseStatus[]
}

/** Makes one node's owner. It opens the ledger at once and talks to nobody before `start`. */
export function createOwner(parts: OwnerParts): Owner {
  const { network, clock, random, transport, overlay, stores, documents, queries, locate, options, scope, log, metrics } = parts
  const self = transport.self
  const ledger = new Ledger({
    clock,
    log,
    stores,
    isNew: parts.isNew,
    epoch: present(overlay.member(self), 'this node').epoch,
    options
  })
  const book = ledger.book
  const { leaseOf, seal } = createLeaseDocuments({ network, self, clock, documents })
  const sign = (entry: BookEntry): Signed => seal(entry).signed
  const isOpen = (): boolean => ownerState(ledger) === 'open' && overlay.state === 'joined' && trust.isCertain
  const publisher = createOfferPublisher({ network, clock, transport, overlay, documents, scope, options, compose: offer, locate })
  const runner = createWorkloadRunner({ clock, log, scope, ledger, leaseOf, workloads: parts.workloads, onFree: publisher.changed })
  const proposals = createProposals({ self, clock, documents, queries, ledger, metrics, isOpen })
  const desk = createLeaseDesk({
    clock,
    ledger,
    sign,
    wantedMs: options.offerTtlMs,
    deniedAt: () => proposals.deniedAt,
    onActive: (entries) => entries.forEach(runner.start),
    onEnded: settle
  })
  const notices = createLeaseNotices({ clock, random, transport, scope, current, sign, onUnwanted: takeBack })
  const expiry = createExpiryTimer(clock, expire)
  const trust = createLedgerTrust({
    clock,
    log,
    scope,
    ledger,
    lastGranted: createWitnesses({
      network,
      clock,
      random,
      transport,
      overlay,
      documents,
      options,
      cell: () => book.capacity && cellOf(book.capacity)
    }),
    lastingMs: options.leaseMs + options.holdMs,
    onChange: publisher.changed
  })
  const subscriptions: Subscription[] = []
  let statements = 0

  /** The version of the next thing that is said about what is free: newer than all before it. */
  function nextVersion(): { readonly epoch: number; readonly seq: number } {
    return { epoch: ledger.header.epoch, seq: ++statements }
  }

  function offer(): Offer | undefined {
    // What matchers have of an earlier process must not be replaced before they were asked for it.
    if (book.capacity === undefined || !trust.isCertain) return undefined
    return {
      network,
      owner: self,
      ...nextVersion(),
      ttlMs: options.offerTtlMs,
      state: isOpen() ? 'open' : 'closed',
      ...book.capacity,
      free: book.grantable,
      granted: ledger.header.seq,
      leases: offeredLeases(book.entries(), clock.now())
    }
  }

  /** The lease of a fence for as long as its requester may use it. */
  function current(fence: Fence): BookEntry | undefined {
    const entry = book.get(fence)
    return entry === undefined || entry.state === 'ending' || entry.endsAt <= clock.now() ? undefined : entry
  }

  async function propose(proposal: RequestOf<typeof proposeProtocol>): Promise<ReplyOf<typeof proposeProtocol>> {
    const outcomes = (await proposals.judge(proposal)).filter((outcome) => outcome !== undefined)
    for (const { entry } of outcomes) expiry.watch(entry.endsAt)
    const entries = outcomes.map(({ entry }) => current(entry.fence)).filter((entry) => entry !== undefined)
    const [first] = entries
    if (first !== undefined) notices.grant(first.requester, entries)
    notices.revoke(outcomes.flatMap(({ wounded }) => wounded))
    if (entries.length > 0) publisher.changed()
    return { granted: entries.map(({ unit }) => unit), free: book.grantable, ...nextVersion(), state: isOpen() ? 'open' : 'closed' }
  }

  /** Leases have ended; they are given as they were. */
  function settle(ended: readonly BookEntry[]): void {
    for (const entry of ended) if (entry.state === 'active') runner.end(entry)
    if (ended.length > 0) publisher.changed()
  }

  function expire(): number {
    const ended = ledger.expire()
    settle(ended)
    notices.revoke(ended.filter(({ state }) => state === 'active'))
    return book.nextEnd()
  }

  function takeBack(fences: readonly Fence[], requester: PeerId): void {
    scope.spawn('taking back what is not wanted', async () => void (await desk.release(fences, requester)))
  }

  /** A requester asks for something about its leases. */
  function serveDesk<P extends typeof confirmProtocol | typeof releaseProtocol>(
    protocol: P,
    answer: (fences: readonly Fence[], requester: PeerId) => Promise<ReplyOf<P>>
  ): Subscription {
    return transport.serve(protocol, ({ fences }, { from }) => {
      trust.heard(fences)
      return answer(fences, from)
    })
  }

  async function setCapacity(capacity: OwnedCapacity): Promise<void> {
    const owned = checkedCapacity(capacity)
    locate(owned)
    await ledger.setCapacity(owned)
    publisher.changed()
  }

  /** What is configured counts until somebody sets something else. */
  async function offerConfigured(): Promise<void> {
    if (parts.capacity === undefined || book.capacity !== undefined) return
    try {
      await setCapacity(parts.capacity)
    } catch (error) {
      // With a disk that fails the node is still of use, only not as an owner.
      if (!isCloudError(error, 'LEDGER_READ_ONLY')) throw error
    }
  }

  function cellOf(owned: OwnedCapacity): string | undefined {
    try {
      return locate(owned)
    } catch (error) {
      // A later schema may have made a dimension of an attribute that has several values here.
      if (isCloudError(error, 'INVALID')) return undefined
      throw error
    }
  }

  function status(): CapacityStatus {
    const states = [...book.entries()].map(({ state }) => state)
    return {
      state: ownerState(ledger),
      total: book.total,
      free: book.free,
      attributes: book.capacity?.attributes ?? {},
      held: states.filter((state) => state === 'held').length,
      active: states.filter((state) => state === 'active').length,
      quarantineMs: trust.quarantineMs,
      cell: (book.capacity && cellOf(book.capacity)) ?? ''
    }
  }

  return {
    async start() {
      await offerConfigured()
      subscriptions.push(
        transport.serve(proposeProtocol, propose),
        serveDesk(confirmProtocol, desk.confirm),
        serveDesk(renewProtocol, desk.renew),
        serveDesk(releaseProtocol, desk.release),
        overlay.onChange(({ peer, member }) => {
          if (peer === self && member.epoch > ledger.header.epoch) trust.raised(member.epoch)
        }),
        overlay.onJoined(publisher.changed),
        overlay.onNetwork(publisher.changed)
      )
      runner.restore(book.entries())
      expiry.watch(book.nextEnd())
      publisher.start()
      publisher.changed()
      trust.start()
    },
    stop() {
      for (const subscription of subscriptions.splice(0)) subscription.close()
      for (const timer of [expiry, trust, publisher]) timer.stop()
      ledger.close()
    },
    review: publisher.review,
    get state() {
      return ownerState(ledger)
    },
    capacity: status,
    async setCapacity(capacity) {
      await setCapacity(capacity)
      return status()
    },
    async setDraining(draining) {
      if (book.capacity === undefined) throw new CloudError('NO_CAPACITY')
      await ledger.setDraining(draining)
      publisher.changed()
      return status()
    },
    leases: () =>
      [...book.entries()]
        .filter(({ fence }) => current(fence) !== undefined)
        .map((entry) => {
          const { document, signed } = seal(entry)
          return { id: leaseId(document), side: 'owner', lease: document, leftMs: document.ttlMs, signed }
        })
  }
}

import { type Clock, type Log, type Metrics, type PeerId, present, type Random, type Scope, type StoreFactory } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { Overlay } from '@cloudpeer/overlay'
import type { Subscription, Transport } from '@cloudpeer/transport'
import type { CellMatchers } from '../cells/index.ts'
import type { Documents } from '../documents/documents.ts'
import type { Fence } from '../documents/lease.ts'
import type { Offer } from '../documents/offer.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { ProvisioningOptions } from '../options.ts'
import type { CapacityStatus, LeaseStatus, OwnedCapacity, OwnerState, Workloads } from '../provisioning.ts'
import { createCapacityDesk } from './capacity-desk.ts'
import { createGrant } from './granting.ts'
import { createLeaseDesk } from './lease-desk.ts'
import { createLeaseDocuments } from './lease-documents.ts'
import { createLeaseEnds } from './lease-ends.ts'
import { createLeaseNotices } from './lease-notices.ts'
import { createLedgerTrust } from './ledger-trust.ts'
import { createOfferPublisher, restingTtlMs } from './offer-publisher.ts'
import { ownerState } from './owner-state.ts'
import { createPatience } from './patience.ts'
import { createProposals } from './proposals.ts'
import { createRecalls, type Recalls } from './recalls.ts'
import { serveOwner } from './serve-owner.ts'
import { createStatements } from './statements.ts'
import { createWitnesses } from './witnesses.ts'
import { createWorkloadRunner } from './workload-runner.ts'

/** Share of a lease's time within which a requester that relies on it has named it: it renews after a third. */
const namedShare = 1 / 3

/** What an owner asks the overlay. */
export type OwnerOverlay = Pick<Overlay, 'state' | 'member' | 'onChange' | 'onJoined' | 'onReturned' | 'onNetwork'>

/** What an owner is made of. */
export interface OwnerParts {
  readonly network: string
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly overlay: OwnerOverlay
  readonly cellMatchers: Pick<CellMatchers, 'of'>
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
  /** Somebody has an offer of this owner. */
  heardOwn(offer: Offer): void
  readonly state: OwnerState
  capacity(): CapacityStatus
  /** INVALID, CAPACITY_IN_USE, LEDGER_READ_ONLY. */
  setCapacity(capacity: OwnedCapacity): Promise<CapacityStatus>
  /** NO_CAPACITY, LEDGER_READ_ONLY. */
  setDraining(draining: boolean): Promise<CapacityStatus>
  /** Calls one lease back, or all of them. */
  readonly recalls: Recalls
  /** The leases that it granted, in the order of their fences. */
  leases(): readonly LeaseStatus[]
}

/** Makes one node's owner. It opens the ledger at once and talks to nobody before `start`. */
export function createOwner(parts: OwnerParts): Owner {
  const { transport, overlay, options, scope } = parts
  const { self } = transport
  const ledger = new Ledger({ ...parts, epoch: present(overlay.member(self), 'this node').epoch })
  const documents = createLeaseDocuments({ ...parts, self })
  const capacity = createCapacityDesk({
    ledger,
    locate: parts.locate,
    configured: parts.capacity,
    quarantineMs: () => trust.quarantineMs,
    onChange: changed
  })
  const trust = createLedgerTrust({
    ...parts,
    ledger,
    witnesses: createWitnesses({ ...parts, cell: capacity.cell, longMs: restingTtlMs(options) }),
    namedMs: ledger.lastingMs * namedShare,
    lastingMs: ledger.lastingMs + options.holdMs,
    onChange: changed
  })
  const statements = createStatements({ ...parts, self, ledger, isOpen })
  // What matchers have of an earlier process must not be replaced before they were asked for it.
  const publisher = createOfferPublisher({ ...parts, compose: (ttlMs) => (trust.isCertain ? statements.offer(ttlMs) : undefined) })
  const runner = createWorkloadRunner({ ...parts, ledger, leaseOf: documents.leaseOf, onFree: changed })
  const patience = createPatience({ ...parts, holdMs: options.holdMs })
  const notices = createLeaseNotices({ ...parts, current: (fence) => ledger.current(fence), sign: documents.sign, onUnwanted: takeBack })
  const ends = createLeaseEnds({ ...parts, ledger, runner, notices, patience, onFree: changed })
  const recalls = createRecalls({ ...parts, self, ledger, onRecalled: ends.recalled })
  const proposals = createProposals({ ...parts, self, ledger, patience, isOpen })
  const desk = createLeaseDesk({
    ...parts,
    ledger,
    sign: documents.sign,
    wantedMs: options.offerTtlMs,
    deniedAt: () => proposals.deniedAt,
    onActive(entries) {
      entries.forEach(runner.start)
      patience.taken(entries.map(({ requester }) => requester))
    },
    onEnded: ends.released
  })
  const grant = createGrant({ ledger, proposals, statements, notices, expiry: ends, onTaken: changed })
  const subscriptions: Subscription[] = []

  function changed(): void {
    publisher.changed()
  }

  function isOpen(): boolean {
    return ownerState(ledger) === 'open' && overlay.state === 'joined' && trust.isCertain
  }

  function takeBack(fences: readonly Fence[], requester: PeerId): void {
    scope.spawn('taking back what is not wanted', async () => void (await desk.release(fences, requester)))
  }

  return {
    async start() {
      await capacity.offerConfigured()
      subscriptions.push(
        ...serveOwner({ transport, grant, desk, heard: trust.heard }),
        overlay.onChange(({ peer, member }) => {
          if (peer === self && member.epoch > ledger.header.epoch) trust.raised(member.epoch)
        }),
        overlay.onJoined(changed),
        overlay.onReturned(changed),
        overlay.onNetwork(changed)
      )
      runner.restore(ledger.book.entries())
      ends.watch(ledger.book.nextEnd())
      publisher.changed()
      trust.start()
    },
    stop() {
      for (const subscription of subscriptions.splice(0)) subscription.close()
      for (const timer of [ends, trust, publisher]) timer.stop()
      ledger.close()
    },
    review: publisher.review,
    heardOwn: trust.told,
    get state() {
      return ownerState(ledger)
    },
    capacity: capacity.status,
    setCapacity: capacity.set,
    setDraining: capacity.setDraining,
    recalls,
    leases: () => [...ledger.book.entries()].filter(({ fence }) => ledger.current(fence) !== undefined).map(documents.statusOf)
  }
}

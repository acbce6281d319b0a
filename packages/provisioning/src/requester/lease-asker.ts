import { type Clock, CloudError, isCloudError, type Log, type PeerId, type Scope, Semaphore } from '@cloudpeer/core'
import type { ReplyOf, Transport } from '@cloudpeer/transport'
import type { Documents } from '../documents/documents.ts'
import { compareFences, type Lease, leaseId } from '../documents/lease.ts'
import { countMax } from '../documents/request.ts'
import type { Verified } from '../documents/signed-document.ts'
import { confirmProtocol, renewProtocol } from '../protocols/grant.ts'
import type { LeaseOfRequest } from './lease-index.ts'
import type { OwnRequest } from './own-request.ts'

/** What asking owners works with. */
export interface LeaseAskerParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly documents: Documents
  readonly scope: Scope
  readonly log: Log
  /** Resolves when what was decided is on disk, and survives a loss of power. STORE_FULL, STORE_FAILED. */
  readonly committed: () => Promise<void>
  /** The book of a request has changed by an answer. */
  readonly changed: (request: OwnRequest) => void
}

/** Asks owners to confirm and to renew leases, and notes in the requests' books what they answer. */
export interface LeaseAsker {
  /** In the background. What nobody answers the books will ask again. */
  ask(leases: readonly LeaseOfRequest[]): void
  /** Renews one lease now. LEASE_HELD, what its owner answers, MALFORMED where that is not this lease, and the transport's errors. */
  renew(lease: LeaseOfRequest): Promise<void>
}

type Outcome = ReplyOf<typeof renewProtocol>['outcomes'][number]

/** Owners that are asked at once. */
const askedAtOnceMax = 64
/** By these codes an owner says that a lease has ended. */
const endings = new Set(['LEASE_UNKNOWN', 'LEASE_LATE', 'LEASE_OF_ANOTHER'])

/** One message for all leases of one owner that are asked about together. */
export function createLeaseAsker({ clock, transport, documents, scope, log, committed, changed }: LeaseAskerParts): LeaseAsker {
  const asking = new Semaphore('owners asked at once', askedAtOnceMax, Number.MAX_SAFE_INTEGER)
  const pending: LeaseOfRequest[] = []

  /** What is held is confirmed; what is active, also after a restart, is renewed. */
  async function outcomesOf(owner: PeerId, leases: readonly LeaseOfRequest[]): Promise<readonly Outcome[]> {
    const protocol = leases[0]?.lease.document.state === 'held' ? confirmProtocol : renewProtocol
    const fences = leases.map(({ lease }) => lease.document.fence)
    const { outcomes } = await transport.request(owner, protocol, { fences }, { signal: scope.signal })
    return outcomes
  }

  /** A gang's decision is on disk before it is acted upon; where the disk fails the gang goes on all the same, and expires after a crash. */
  async function written(): Promise<void> {
    try {
      await committed()
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
    }
  }

  async function askOwner(owner: PeerId, due: readonly LeaseOfRequest[]): Promise<void> {
    // A gang may have been given back since it was due.
    const leases = due.filter(({ request, lease }) => request.book.find(lease.document) !== undefined)
    if (leases.length === 0) return
    try {
      const sentMs = clock.now()
      const outcomes = await outcomesOf(owner, leases)
      for (const [index, lease] of leases.entries()) settle(lease, outcomes[index], sentMs)
      for (const request of new Set(leases.map(({ request }) => request))) changed(request)
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      log.debug('an owner was not asked about leases', { owner, code: error.code })
    }
  }

  /** Notes an answer. The code by which it is no renewal; undefined where it is one. */
  function settle(asked: LeaseOfRequest, outcome: Outcome | undefined, sentMs: number): string | undefined {
    if (typeof outcome === 'string') {
      refuse(asked, outcome)
      return outcome
    }
    const answered = outcome && openAnswer(asked.lease, outcome)
    if (answered === undefined) return 'MALFORMED'
    asked.request.book.activate(answered, sentMs, clock.now())
    return undefined
  }

  function refuse({ request, lease }: LeaseOfRequest, code: string): void {
    const isActive = request.book.find(lease.document)?.state === 'active'
    if (code === 'LEASE_RECALLED') request.book.recall(lease.document, clock.now())
    // A hold that cannot be made active is of no use; an active lease lasts until its time is over.
    else if (endings.has(code) || !isActive) request.book.lose(lease.document)
    else if (code === 'LEASE_OVERRUN') request.book.finish(lease.document)
    else log.debug('an owner does not renew a lease', { owner: lease.document.owner, code })
  }

  /** The lease as its owner signed it now; undefined for anything else, which is no answer. */
  function openAnswer({ document }: Verified<Lease>, outcome: Exclude<Outcome, string>): Verified<Lease> | undefined {
    try {
      const answered = documents.leases.open(outcome)
      return answered.document.state === 'active' && isSame(answered.document, document) ? answered : undefined
    } catch (error) {
      if (!isCloudError(error)) throw error
      log.warn('an owner answers with something that is no lease', { owner: document.owner, code: error.code })
      return undefined
    }
  }

  function askAll(leases: readonly LeaseOfRequest[]): void {
    for (const batch of batchesOf(leases)) {
      const owner = (batch[0] as LeaseOfRequest).lease.document.owner
      scope.spawn('asking an owner about leases', () => asking.run(() => askOwner(owner, batch)))
    }
  }

  return {
    ask(leases) {
      if (leases.length === 0) return
      pending.push(...leases)
      if (pending.length > leases.length) return
      // What is asked for at once goes in one message to each owner.
      scope.spawn('asking owners about leases', async () => {
        await written()
        askAll(pending.splice(0))
      })
    },
    async renew(asked) {
      const { owner, state } = asked.lease.document
      // To ask for it would confirm it, and of a gang a part.
      if (state === 'held') throw new CloudError('LEASE_HELD', { lease: leaseId(asked.lease.document) })
      const sentMs = clock.now()
      const [outcome] = await outcomesOf(owner, [asked])
      const code = settle(asked, outcome, sentMs)
      changed(asked.request)
      const id = leaseId(asked.lease.document)
      if (code === 'MALFORMED') throw new CloudError(code, { field: id, problem: 'its owner answers with another lease, or none' })
      if (code !== undefined) throw new CloudError(code, { lease: id })
    }
  }
}

function isSame(a: Lease, b: Lease): boolean {
  return (
    a.owner === b.owner &&
    a.requester === b.requester &&
    a.request === b.request &&
    a.unit === b.unit &&
    compareFences(a.fence, b.fence) === 0
  )
}

/** Leases of one owner that are asked about in the same way. */
function batchesOf(leases: readonly LeaseOfRequest[]): readonly (readonly LeaseOfRequest[])[] {
  const groups = Map.groupBy(leases, ({ lease: { document } }) => `${document.state} ${document.owner}`)
  return [...groups.values()].flatMap((group) => {
    const starts = Array.from({ length: Math.ceil(group.length / countMax) }, (_, index) => index * countMax)
    return starts.map((start) => group.slice(start, start + countMax))
  })
}

import { type BackoffOptions, backoffMs, type Clock, type Log, type Random, type Scope, sleep } from '@cloudpeer/core'
import type { Fence } from '../documents/lease.ts'
import type { Offer } from '../documents/offer.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createQuarantine } from './quarantine.ts'
import type { Witnesses } from './witnesses.ts'

/** What judging a ledger needs. */
export interface TrustParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly scope: Scope
  readonly ledger: Ledger
  readonly witnesses: Witnesses
  /** How long after the first answers of witnesses that know little whoever relies on a lease must have named it, in ms. */
  readonly namedMs: number
  /** How long after the owner's start something may be out that an earlier process granted, in ms. */
  readonly lastingMs: number
  /** Told when it begins or ends to be trusted. */
  readonly onChange: () => void
}

/**
 * Whether the ledger knows of every lease that may be out. One on a disk that was put back to an older image does not, and cannot see it by itself:
 * others are asked, and listened to. Once it is known, the owner is in quarantine.
 */
export interface LedgerTrust {
  /** Whether nobody is left whose word would have to be awaited. Who speaks later is believed all the same. */
  readonly isCertain: boolean
  /** How long the quarantine still lasts, in ms; 0 without one. */
  readonly quarantineMs: number
  /** Goes on with a quarantine that the ledger knows of, and asks. */
  start(): void
  /** The network knows this node in a later epoch than its own disk did. */
  raised(epoch: number): void
  /** Somebody has an offer of this owner, of this process or an earlier one. */
  told(offer: Pick<Offer, 'epoch' | 'granted'>): void
  /** Requesters name their leases. */
  heard(fences: readonly Fence[]): void
  stop(): void
}

/** How long is waited before witnesses that did not know all are asked again, and those that have come since. */
const askAgain: BackoffOptions = { firstMs: 250, maxMs: 8_000, attemptsMax: Number.POSITIVE_INFINITY }

/** Judges the ledger of one owner. */
export function createLedgerTrust(parts: TrustParts): LedgerTrust {
  const { clock, random, log, scope, ledger, witnesses, namedMs, lastingMs, onChange } = parts
  const { before } = ledger
  const quarantine = createQuarantine({ clock, lastingMs, onEnd: end })
  let isCertain = before.epoch === 0

  function end(): void {
    scope.spawn('ending the quarantine', async () => {
      await ledger.endQuarantine()
      onChange()
    })
  }

  /** Leases are out that the ledger does not know of, with seqs up to this one as far as anybody knows. */
  function distrust(seq: number, reason: string): void {
    if (ledger.header.quarantined || quarantine.isPast) return
    log.warn('the ledger does not know of all leases: nothing is granted until they must have ended', { reason })
    ledger.distrust(seq)
    quarantine.begin()
    onChange()
  }

  /** Asks until nothing can be out any more, also once it is certain: members may come that know better. */
  async function ask(signal: AbortSignal): Promise<void> {
    let namedAt = Number.POSITIVE_INFINITY
    for (let attempt = 1; !quarantine.isPast; attempt++) {
      const testimony = await witnesses.ask(told, signal)
      if (testimony !== 'nothing') namedAt = Math.min(namedAt, clock.now() + namedMs)
      if (testimony === 'all' || clock.now() >= namedAt) settle()
      await sleep(clock, backoffMs(askAgain, attempt, random), signal)
    }
    settle()
    ledger.forgetBefore()
  }

  function settle(): void {
    if (isCertain) return
    isCertain = true
    onChange()
  }

  function told({ epoch, granted }: Pick<Offer, 'epoch' | 'granted'>): void {
    // Of a process before this one, or else of this one, unless two of them run.
    const known = epoch <= before.epoch ? before.seq : ledger.header.seq
    if (granted > known) distrust(granted, `lease ${granted} was granted, and lease ${known} is the last in the ledger`)
  }

  return {
    get isCertain() {
      return isCertain
    },
    get quarantineMs() {
      return quarantine.leftMs
    },
    start() {
      if (ledger.header.quarantined) quarantine.begin()
      if (!isCertain) scope.spawn('asking what was granted', ask)
    },
    raised(epoch) {
      ledger.raise(epoch)
      // Another process spoke for this node after the image that it started from, unless the ledger knows of that one nevertheless.
      if (epoch - 1 > before.epoch) distrust(0, `another process spoke in epoch ${epoch - 1}`)
      onChange()
    },
    told,
    heard(fences) {
      // A lie keeps the owner closed for no longer than the quarantine after its start.
      const missing = fences.find((fence) => fence.epoch <= before.epoch && fence.seq > before.seq)
      if (missing === undefined) return
      distrust(0, `a requester has lease ${missing.epoch}.${missing.seq}, and ${before.epoch}.${before.seq} is the last in the ledger`)
    },
    stop: quarantine.stop
  }
}

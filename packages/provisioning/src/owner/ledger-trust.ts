import type { Clock, Log, Scope } from '@cloudpeer/core'
import type { Fence } from '../documents/lease.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createQuarantine } from './quarantine.ts'

/** What judging a ledger needs. */
export interface TrustParts {
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
  readonly ledger: Ledger
  /** The seq of the newest lease that others have heard of. */
  readonly lastGranted: (signal: AbortSignal) => Promise<number>
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
  /** Whether others were asked, where that is needed. */
  readonly isCertain: boolean
  /** How long the quarantine still lasts, in ms; 0 without one. */
  readonly quarantineMs: number
  /** Goes on with a quarantine that the ledger knows of, and asks. */
  start(): void
  /** The network knows this node in a later epoch than its own disk did. */
  raised(epoch: number): void
  /** Requesters name their leases. */
  heard(fences: readonly Fence[]): void
  stop(): void
}

/** Judges the ledger of one owner. */
export function createLedgerTrust({ clock, log, scope, ledger, lastGranted, lastingMs, onChange }: TrustParts): LedgerTrust {
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

  async function ask(signal: AbortSignal): Promise<void> {
    const seq = await lastGranted(signal)
    if (seq > before.seq) distrust(seq, `lease ${seq} was granted, and lease ${before.seq} is the last in the ledger`)
    isCertain = true
    onChange()
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
    heard(fences) {
      // A lie keeps the owner closed for no longer than the quarantine after its start.
      const missing = fences.find((fence) => fence.epoch <= before.epoch && fence.seq > before.seq)
      if (missing === undefined) return
      distrust(0, `a requester has lease ${missing.epoch}.${missing.seq}, and ${before.epoch}.${before.seq} is the last in the ledger`)
    },
    stop: quarantine.stop
  }
}

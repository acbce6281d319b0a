import { type BackoffOptions, type Clock, isCloudError, type PeerId, type Random, retry, type Scope } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { Fence } from '../documents/lease.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import { grantProtocol, recallProtocol, revokeProtocol } from '../protocols/grant.ts'

/** Leases of one grant message: so many fit, whatever each of them has. */
export const grantedMax = 64
/** Leases of one revocation, or recall. */
export const revokedMax = 256
/** How often a requester is told of a grant, a revocation or a recall, and how long is waited between: a hold is over before the attempts are. */
export const noticeBackoff: BackoffOptions = { firstMs: 100, maxMs: 2_000, attemptsMax: 6 }
/** How long an answer is waited for, in ms: not for half of a hold, so that a lost notice can be told again. */
export const noticeMsMax = 1_000

/** What telling requesters needs. */
export interface NoticeParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly scope: Scope
  /** The lease as it is now; undefined if there is none any more. */
  readonly current: (fence: Fence) => BookEntry | undefined
  readonly sign: (entry: BookEntry) => Signed
  /** Told what a requester does not want. */
  readonly onUnwanted: (fences: readonly Fence[], requester: PeerId) => void
}

/** Tells requesters what they were granted, and what was taken from them. */
export interface LeaseNotices {
  /** Tells of leases of one requester, until it has heard or they are over. One that is being told of is not told of twice. */
  grant(requester: PeerId, entries: readonly BookEntry[]): void
  /** Tells the requesters of leases that have ended; they learn it sooner or later anyhow. */
  revoke(entries: readonly BookEntry[]): void
  /** Tells the requesters of leases that are called back; they learn it when they renew them at the latest. */
  recall(entries: readonly BookEntry[]): void
}

type Notice = typeof revokeProtocol | typeof recallProtocol

/** Notices over the transport. */
export function createLeaseNotices({ clock, random, transport, scope, current, sign, onUnwanted }: NoticeParts): LeaseNotices {
  const telling = new Set<number>()

  /** Silence is no failure: a requester that never hears of a grant lets its hold pass. */
  async function persistently(signal: AbortSignal, isOver: () => boolean, tell: () => Promise<void>): Promise<void> {
    try {
      await retry({ clock, random }, { ...noticeBackoff, signal, mayRetry: (error) => isCloudError(error) && !isOver() }, tell)
    } catch (error) {
      if (!isCloudError(error)) throw error
    }
  }

  async function tellGrants(requester: PeerId, fences: readonly Fence[], signal: AbortSignal): Promise<void> {
    const entries = fences.map(current).filter((entry) => entry !== undefined)
    if (entries.length === 0) return
    const leases = entries.map(sign)
    const { unwanted } = await transport.request(requester, grantProtocol, { leases }, { signal, timeoutMs: noticeMsMax })
    if (unwanted.length > 0) onUnwanted(unwanted, requester)
  }

  async function grantAll(requester: PeerId, fences: readonly Fence[], signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => fences.every((fence) => current(fence) === undefined)
    await persistently(signal, isOver, () => tellGrants(requester, fences, signal))
    for (const { seq } of fences) telling.delete(seq)
  }

  async function tellOf(protocol: Notice, requester: PeerId, fences: readonly Fence[], signal: AbortSignal): Promise<void> {
    await persistently(
      signal,
      () => false,
      async () => void (await transport.request(requester, protocol, { fences }, { signal, timeoutMs: noticeMsMax }))
    )
  }

  function tellAllOf(protocol: Notice, entries: readonly BookEntry[]): void {
    for (const [requester, told] of Map.groupBy(entries, (entry) => entry.requester)) {
      for (const some of chunks(told, revokedMax)) {
        const fences = some.map(({ fence }) => fence)
        scope.spawn('telling of leases that end', (signal) => tellOf(protocol, requester, fences, signal))
      }
    }
  }

  return {
    grant(requester, entries) {
      const fences = entries.map(({ fence }) => fence).filter(({ seq }) => !telling.has(seq))
      for (const { seq } of fences) telling.add(seq)
      for (const some of chunks(fences, grantedMax)) scope.spawn('telling of a grant', (signal) => grantAll(requester, some, signal))
    },
    revoke: (entries) => tellAllOf(revokeProtocol, entries),
    recall: (entries) => tellAllOf(recallProtocol, entries)
  }
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}

import { type Clock, CloudError, isCloudError, type PeerId } from '@cloudpeer/core'
import type { ReplyOf } from '@cloudpeer/transport'
import type { Fence } from '../documents/lease.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { confirmProtocol, releaseProtocol } from '../protocols/grant.ts'

/** What answering requesters needs. */
export interface DeskParts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly sign: (entry: BookEntry) => Signed
  /** How long somebody who was turned away for want of room counts as waiting for it, in ms. */
  readonly wantedMs: number
  /** When somebody last was. */
  readonly deniedAt: () => number
  /** Told of leases as they become active, and of those that end, as they were. */
  readonly onActive: (entries: readonly BookEntry[]) => void
  readonly onEnded: (entries: readonly BookEntry[]) => void
}

/** Answers the requesters of an owner's leases: by the place of each fence, the signed lease or the code of what is wrong. */
export interface LeaseDesk {
  confirm(fences: readonly Fence[], requester: PeerId): Promise<ReplyOf<typeof confirmProtocol>>
  renew(fences: readonly Fence[], requester: PeerId): Promise<ReplyOf<typeof confirmProtocol>>
  /** RELEASED, also of a lease that had ended already. */
  release(fences: readonly Fence[], requester: PeerId): Promise<ReplyOf<typeof releaseProtocol>>
}

/** The desk of one owner. */
export function createLeaseDesk({ clock, ledger, sign, wantedMs, deniedAt, onActive, onEnded }: DeskParts): LeaseDesk {
  /** What the ledger says; that it cannot be written is said of each lease. */
  async function outcomesOf<T>(fences: readonly Fence[], ask: () => Promise<readonly T[]>): Promise<readonly (T | CloudError)[]> {
    try {
      return await ask()
    } catch (error) {
      if (!isCloudError(error, 'LEDGER_READ_ONLY')) throw error
      return fences.map(() => error)
    }
  }

  function signed(outcomes: readonly (BookEntry | CloudError)[]): ReplyOf<typeof confirmProtocol> {
    return { outcomes: outcomes.map((outcome) => (outcome instanceof CloudError ? outcome.code : sign(outcome))) }
  }

  return {
    async confirm(fences, requester) {
      const outcomes = await outcomesOf(fences, () => ledger.confirm(fences, requester))
      onActive(outcomes.filter(isEntry))
      return signed(outcomes)
    },
    async renew(fences, requester) {
      const isWanted = clock.now() - deniedAt() < wantedMs
      return signed(await outcomesOf(fences, () => ledger.renew(fences, requester, isWanted)))
    },
    async release(fences, requester) {
      const outcomes = await outcomesOf(fences, () => ledger.release(fences, requester))
      onEnded(outcomes.filter(isEntry))
      return { outcomes: outcomes.map((outcome) => (outcome instanceof CloudError ? outcome.code : 'RELEASED')) }
    }
  }
}

function isEntry(outcome: BookEntry | CloudError | undefined): outcome is BookEntry {
  return outcome !== undefined && !(outcome instanceof CloudError)
}

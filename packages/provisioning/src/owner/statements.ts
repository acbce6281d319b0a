import type { Clock, PeerId } from '@cloudpeer/core'
import type { ReplyOf } from '@cloudpeer/transport'
import type { Offer } from '../documents/offer.ts'
import type { BookEntry } from '../ledger/book-entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { proposeProtocol } from '../protocols/grant.ts'
import { offeredLeases } from './offered-leases.ts'

/** What saying what is free needs. */
export interface StatementParts {
  readonly network: string
  readonly self: PeerId
  readonly clock: Clock
  readonly ledger: Ledger
  /** Whether the owner grants anything now. */
  readonly isOpen: () => boolean
}

/** What an owner says of what is free, each time under a version that is newer than all before it. */
export interface Statements {
  /** To all matchers of its cell, for `ttlMs`; undefined while there is nothing to offer. */
  offer(ttlMs: number): Offer | undefined
  /** To a matcher that proposed what is held now, for a requester for which nothing is held for `pauseMs`. */
  answer(held: readonly BookEntry[], pauseMs: number): ReplyOf<typeof proposeProtocol>
}

/** The statements of one owner. */
export function createStatements({ network, self, clock, ledger, isOpen }: StatementParts): Statements {
  const { book } = ledger
  let statements = 0

  function word(): Pick<Offer, 'epoch' | 'seq' | 'state' | 'free'> {
    return { epoch: ledger.header.epoch, seq: ++statements, state: isOpen() ? 'open' : 'closed', free: book.grantable }
  }

  return {
    offer(ttlMs) {
      if (book.capacity === undefined) return undefined
      const leases = offeredLeases(book.entries(), clock.now())
      return { network, owner: self, ...word(), ttlMs, ...book.capacity, granted: ledger.granted, leases }
    },
    answer: (held, pauseMs) => ({ granted: held.map(({ unit }) => unit), ...word(), ...(pauseMs > 0 && { pauseMs }) })
  }
}

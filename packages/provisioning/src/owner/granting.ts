import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import type { Ledger } from '../ledger/ledger.ts'
import type { proposeProtocol } from '../protocols/grant.ts'
import type { ExpiryTimer } from './expiry-timer.ts'
import type { LeaseNotices } from './lease-notices.ts'
import type { Proposals } from './proposals.ts'
import type { Statements } from './statements.ts'

/** What granting needs. */
export interface GrantingParts {
  readonly ledger: Ledger
  readonly proposals: Proposals
  readonly statements: Statements
  readonly notices: LeaseNotices
  readonly expiry: ExpiryTimer
  /** Told when less is free than before. */
  readonly onTaken: () => void
}

/** Answers a matcher: what is held for its proposal is on disk, its requester is being told, and so are those who lost a hold for it. */
export type Grant = (proposal: RequestOf<typeof proposeProtocol>) => Promise<ReplyOf<typeof proposeProtocol>>

/** The grants of one owner. */
export function createGrant({ ledger, proposals, statements, notices, expiry, onTaken }: GrantingParts): Grant {
  return async (proposal) => {
    const { pauseMs, ...judged } = await proposals.judge(proposal)
    const outcomes = judged.outcomes.filter((outcome) => outcome !== undefined)
    for (const { entry } of outcomes) expiry.watch(entry.endsAt)
    const held = outcomes.flatMap(({ entry }) => ledger.current(entry.fence) ?? [])
    const [first] = held
    if (first !== undefined) notices.grant(first.requester, held)
    notices.revoke(outcomes.flatMap(({ wounded }) => wounded))
    if (held.length > 0) onTaken()
    return statements.answer(held, pauseMs)
  }
}

import { type Clock, CloudError, type Counter, isCloudError, type Metrics, type PeerId } from '@cloudpeer/core'
import type { CompiledQueries } from '@cloudpeer/model'
import type { RequestOf } from '@cloudpeer/transport'
import type { Documents } from '../documents/documents.ts'
import type { CapacityRequest } from '../documents/request.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Held, Wish } from '../ledger/ledger-book.ts'
import type { proposeProtocol } from '../protocols/grant.ts'
import type { Patience } from './patience.ts'

/** What judging proposals needs. */
export interface ProposalParts {
  readonly self: PeerId
  readonly clock: Clock
  readonly documents: Documents
  readonly queries: CompiledQueries
  readonly ledger: Ledger
  readonly patience: Pick<Patience, 'pauseMs'>
  readonly metrics: Metrics
  /** Whether the owner grants anything now. */
  readonly isOpen: () => boolean
}

/** What becomes of a proposal. */
export interface Judgement {
  /** What the owner holds now, durably; undefined for each unit without room. */
  readonly outcomes: readonly (Held | undefined)[]
  /** For how long nothing is held for its requester, in ms. */
  readonly pauseMs: number
}

/** Judges what matchers propose. They have no authority: the owner itself looks at signature, expression and room. */
export interface Proposals {
  /** INVALID, QUERY_*, and what is wrong with the document. */
  judge(proposal: RequestOf<typeof proposeProtocol>): Promise<Judgement>
  /** When somebody was last turned away for want of room, in ms on the clock. */
  readonly deniedAt: number
}

/** The proposals to one owner. */
export function createProposals({ self, clock, documents, queries, ledger, patience, metrics, isOpen }: ProposalParts): Proposals {
  const count = metrics.counter('cloudpeer_provisioning_proposed_units_total', 'Units that matchers proposed to this owner, by outcome.', [
    'outcome'
  ])
  const [held, full, mismatched, closed, paused] = ['held', 'full', 'mismatched', 'closed', 'paused'].map((outcome) =>
    count.with({ outcome })
  ) as [Counter, Counter, Counter, Counter, Counter]
  let deniedAt = Number.NEGATIVE_INFINITY

  function isMatch({ expression }: CapacityRequest): boolean {
    const attributes = ledger.book.capacity?.attributes
    return attributes !== undefined && queries.compile(expression).matches({ name: '', owner: self, attributes })
  }

  function refusalOf(document: CapacityRequest, pauseMs: number): Counter | undefined {
    if (!isOpen()) return closed
    if (!isMatch(document)) return mismatched
    return pauseMs > 0 ? paused : undefined
  }

  async function hold(wishes: readonly Wish[]): Promise<readonly (Held | undefined)[]> {
    const outcomes = await ledger.hold(wishes)
    const granted = outcomes.filter((outcome) => outcome !== undefined).length
    held.add(granted)
    full.add(wishes.length - granted)
    if (granted < wishes.length) deniedAt = clock.now()
    return outcomes
  }

  return {
    async judge({ request, units, waitedMs }) {
      const { document } = documents.requests.open(request)
      const pauseMs = patience.pauseMs(document.requester)
      const refused = refusalOf(document, pauseMs)
      refused?.add(units.length)
      if (refused !== undefined) return { outcomes: [], pauseMs }
      try {
        return { outcomes: await hold(wishesOf(document, units, waitedMs)), pauseMs }
      } catch (error) {
        if (isCloudError(error, 'LEDGER_READ_ONLY')) return { outcomes: [], pauseMs }
        throw error
      }
    },
    get deniedAt() {
      return deniedAt
    }
  }
}

/** A unit for each number, each once. INVALID for one that the request does not have. */
function wishesOf(
  { requester, id, amounts, gang, count, durationMs }: CapacityRequest,
  units: readonly number[],
  waitedMs: number
): readonly Wish[] {
  return [...new Set(units)].map((unit) => {
    if (unit >= count) throw new CloudError('INVALID', { field: 'units', problem: `${unit} is none of ${count}` })
    return { requester, request: id, unit, amounts, gang, waitedMs, ...(durationMs === undefined ? {} : { durationMs }) }
  })
}

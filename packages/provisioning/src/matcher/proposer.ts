import { type Clock, CloudError, isCloudError, type Metrics, type Scope, type Timer } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import type { Matching, Proposal } from '../matching/index.ts'
import { proposeProtocol } from '../protocols/grant.ts'
import type { RequestBook } from './request-book.ts'

/** Proposals of a matcher that are on their way at once. */
const proposalsMax = 256
/** With these the owner may have held what was asked for, and its answer was lost. */
const doubtful = ['TIMED_OUT', 'DISCONNECTED']

/** What a proposer works with. */
export interface ProposerParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly matching: Matching
  readonly requests: RequestBook
  readonly scope: Scope
  readonly metrics: Metrics
}

/** Carries what the matching decides to the owners, and their answers back. */
export interface Proposer {
  /** Something has changed that may let a request be placed. */
  wake(): void
  stop(): void
}

/** Proposes at once whatever may be proposed, and again whenever the matching says so. */
export function createProposer({ clock, transport, matching, requests, scope, metrics }: ProposerParts): Proposer {
  const proposed = metrics.counter('cloudpeer_provisioning_proposals_total', 'Proposals of this matcher, by outcome.', ['outcome'])
  let underWay = 0
  let timer: Timer | undefined

  function wake(): void {
    timer?.cancel()
    timer = undefined
    if (scope.signal.aborted) return
    while (underWay < proposalsMax && (matching.wakeAt() ?? Number.POSITIVE_INFINITY) <= clock.now()) {
      const proposals = matching.next(clock.now(), proposalsMax - underWay)
      for (const proposal of proposals) send(proposal)
    }
    const at = matching.wakeAt()
    // Not before it is due, however the sum of two times is rounded.
    if (at !== undefined && underWay < proposalsMax) timer = clock.schedule(Math.max(1, Math.ceil(at - clock.now())), wake)
  }

  function send(proposal: Proposal): void {
    underWay++
    scope.spawn('proposing', async (signal) => {
      await propose(proposal, signal).finally(() => underWay--)
      wake()
    })
  }

  async function propose(proposal: Proposal, signal: AbortSignal): Promise<void> {
    const { key, owner, debits } = proposal
    const request = requests.get(key)
    if (request === undefined || request.untilMs <= clock.now()) return matching.failed(proposal, false, clock.now())
    const waitedMs = Math.max(0, Math.floor(clock.now() - request.arrivedAt))
    const body = { request: request.signed, units: [...debits.keys()], waitedMs }
    try {
      const answer = await transport.request(owner, proposeProtocol, body, { signal })
      matching.answered(proposal, answer, clock.now())
      proposed.with({ outcome: answer.granted.length > 0 ? 'granted' : 'denied' }).add()
    } catch (error) {
      if (!(error instanceof CloudError) || signal.aborted) throw error
      const isDoubtful = isCloudError(error, ...doubtful)
      matching.failed(proposal, isDoubtful, clock.now())
      proposed.with({ outcome: isDoubtful ? 'unanswered' : 'failed' }).add()
    }
  }

  return { wake, stop: () => timer?.cancel() }
}

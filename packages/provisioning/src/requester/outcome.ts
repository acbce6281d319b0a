import type { RequestState } from '../provisioning.ts'

/** What happens to a request. */
export type OutcomeEvent =
  /** All its units are active. */
  | 'granted'
  /** A unit is wanted again. */
  | 'lost'
  /** The node has started again, and asks the owners of its leases. */
  | 'restarted'
  /** No known owner could ever fit, and the infrastructure is told. */
  | 'none-fits'
  /** An owner could fit, now or later. */
  | 'some-fit'
  /** A term of its expression is dropped. */
  | 'relaxed'
  /** It has waited as long as it may. */
  | 'deadline'
  /** All its units are done. */
  | 'done'
  | 'cancelled'

type Row = Readonly<Partial<Record<OutcomeEvent, RequestState>>>

/** What ends every request that is open. */
const endings: Row = { deadline: 'expired', done: 'ended', cancelled: 'cancelled' }

/**
 * The four outcomes of a request (Zhygmanovskyi and Yoshida, 2013, Figure 7), and how it ends: to which state each event leads. What is not
 * there changes nothing.
 */
const outcomes: Readonly<Record<RequestState, Row>> = {
  waiting: { ...endings, granted: 'granted', 'none-fits': 'scale-out-asked', relaxed: 'relaxed' },
  'scale-out-asked': { ...endings, granted: 'granted', 'some-fit': 'waiting', relaxed: 'relaxed' },
  relaxed: { ...endings, granted: 'granted' },
  granted: { lost: 'waiting', restarted: 'verifying', done: 'ended', cancelled: 'cancelled' },
  verifying: { granted: 'granted', lost: 'waiting', done: 'ended', cancelled: 'cancelled' },
  ended: {},
  cancelled: {},
  expired: { cancelled: 'cancelled' }
}

/** The state after an event. */
export function outcomeAfter(state: RequestState, event: OutcomeEvent): RequestState {
  return outcomes[state][event] ?? state
}

/** Whether matchers may still find owners for a request. */
export function isOpen(state: RequestState): boolean {
  return isUndecided(state) || state === 'granted'
}

/** Whether it is not known yet what becomes of a request: it waits, or what was granted before a restart is verified. */
export function isUndecided(state: RequestState): boolean {
  return isWaiting(state) || state === 'verifying'
}

/** Whether a request waits, in one way or the other. */
export function isWaiting(state: RequestState): boolean {
  return state === 'waiting' || state === 'scale-out-asked' || state === 'relaxed'
}

/** What decides whether a request goes on waiting. */
export interface Prospects {
  /** Owners that could ever fit. */
  readonly couldEver: number
  /** Whether all matchers answered: nothing is concluded from less. */
  readonly complete: boolean
  /** Whether the infrastructure can be told. */
  readonly mayScaleOut: boolean
  /** Whether a term may be dropped, and there is one. */
  readonly mayRelax: boolean
}

/** What the owners that are known mean for a request: first the infrastructure is told, then terms are dropped one by one. */
export function eventAfterCensus(state: RequestState, { couldEver, complete, mayScaleOut, mayRelax }: Prospects): OutcomeEvent | undefined {
  if (couldEver > 0) return 'some-fit'
  if (!complete) return undefined
  if (state === 'waiting' && mayScaleOut) return 'none-fits'
  return mayRelax ? 'relaxed' : undefined
}

import type { StandingProblem } from '@cloudpeer/api'
import { type Clock, type CloudError, createScope, type Log, type Metrics, type Random } from '@cloudpeer/core'

/** What watching problems works with. */
export interface ProblemWatchParts {
  /** What the parts of the node call wrong now, each code at most once. */
  readonly read: () => readonly CloudError[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

/** What is wrong with a node, and since when. */
export interface ProblemWatch {
  list(): readonly StandingProblem[]
  stop(): Promise<void>
}

/** How often it is looked, in ms: `since` is late by no more. */
export const lookMs = 1_000

/** What a person can do. */
const remedies: Readonly<Record<string, string>> = {
  STORE_FAILED: 'look after the disk, then start this node again',
  STORE_FULL: 'make room on the disk, or raise storeBytesMax and start this node again; with room it goes on by itself',
  WRONG_NETWORK: 'give the address of a node of this network, or start with another data directory',
  MEMBERS_FULL: 'nothing: it is tried again until a member has left',
  ALONE:
    'look after the network between here and the others, or start one of them; if they are gone for good, start this node with --alone',
  IDENTITY_IN_USE: 'stop all processes that use its key but one, then start that one again',
  OVERTAKEN: 'stop all processes that use its key but one, then start that one again; without others it is over in a few seconds',
  LEDGER_READ_ONLY: 'look after the disk, then start this node again',
  QUARANTINED: 'nothing: it ends by itself'
}

/** The one list of what is wrong with a node: what its parts say, dated by when it was seen first. What begins and ends is logged. */
export function watchProblems({ read, clock, random, log, metrics }: ProblemWatchParts): ProblemWatch {
  const scope = createScope({ clock, random, log })
  const standing = new Map<string, number>()

  function list(): readonly StandingProblem[] {
    const problems = read().map(({ code, message }) => {
      return { code, problem: message, remedy: remedies[code] ?? 'look into the log of this node', since: sinceWhen(code, message) }
    })
    for (const code of standing.keys()) if (!problems.some((problem) => problem.code === code)) end(code)
    return problems
  }

  function sinceWhen(code: string, problem: string): number {
    const since = standing.get(code) ?? Math.round(clock.wallTime())
    if (!standing.has(code)) log.warn('something is wrong', { code, problem })
    standing.set(code, since)
    return since
  }

  function end(code: string): void {
    standing.delete(code)
    log.info('it is right again', { code })
  }

  metrics.gauge('cloudpeer_node_problems', 'What is wrong with this node now, as its status lists it', () => list().length)
  scope.repeat(
    'looking for problems',
    () => lookMs,
    () => void list()
  )
  return { list, stop: () => scope.stop() }
}

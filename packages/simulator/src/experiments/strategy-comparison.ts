import type { Job } from '../placement/job.ts'
import { type JobOutcome, replay } from '../placement/replay.ts'
import type { ClusterInit, Effort, Strategy } from '../placement/strategy.ts'

/** What one strategy made of some jobs. */
export interface StrategyResult {
  readonly strategy: Strategy
  readonly outcomes: readonly JobOutcome[]
  readonly effort: Effort
}

/** Lets strategies place the same jobs, one after the other, until `untilMs` after the first arrival. */
export async function compareStrategies(
  strategies: readonly Strategy[],
  init: ClusterInit,
  { jobs, untilMs }: { readonly jobs: readonly Job[]; readonly untilMs: number },
  progress: (share: number, strategy: Strategy) => void
): Promise<readonly StrategyResult[]> {
  const results: StrategyResult[] = []
  for (const [place, strategy] of strategies.entries()) {
    const cluster = await strategy.deploy(init)
    const outcomes = await replay(cluster, jobs, untilMs, (share) => progress((place + share) / strategies.length, strategy))
    results.push({ strategy, outcomes, effort: cluster.effort })
    await cluster.stop()
  }
  return results
}

/** Units that were granted. */
export function unitsPlaced({ outcomes }: StrategyResult): number {
  return outcomes.reduce((sum, { job, placed }) => sum + (placed === undefined ? 0 : job.count), 0)
}

/** How often a machine was asked for each unit that was granted. */
export function attemptsPerGrant(result: StrategyResult): number {
  return result.effort.attempts / Math.max(1, unitsPlaced(result))
}

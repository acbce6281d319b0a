import { derivedRandom } from '../cloud/derived-random.ts'
import type { Operation } from '../workload/client.ts'
import type { Scenario } from './scenario.ts'

/** Share of the scenarios in which operators end leases, and the most of them in a minute. */
const endingShare = 0.4
const endedPerMinuteMax = 20
/** Where the numbers of these operations count from. */
const endedFrom = 1_000_000

/** A scenario in some of which operators end leases that their machines granted. It draws its own chance: the rest stays what it is. */
export function withEndedLeases(scenario: Scenario): Scenario {
  const { seed, nodes, faultsMs, operations } = scenario
  const random = derivedRandom(seed, 'ended leases')
  if (random.next() >= endingShare) return scenario
  const count = 1 + random.integer(Math.ceil((endedPerMinuteMax * faultsMs) / 60_000))
  const ended = Array.from({ length: count }, (_, index): Operation => {
    return { id: endedFrom + index, kind: 'end lease', atMs: random.integer(faultsMs), machine: random.integer(nodes) }
  })
  return { ...scenario, operations: [...operations, ...ended] }
}

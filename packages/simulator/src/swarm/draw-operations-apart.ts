import { derivedRandom } from '../cloud/derived-random.ts'
import type { Operation } from '../workload/client.ts'
import type { Scenario } from './scenario.ts'

/** Operations that are never drawn among the others: the name of their chance, and where their numbers count from. */
const apart = {
  'end lease': { chance: 'ended leases', idsFrom: 1_000_000 },
  'create request again': { chance: 'repeated requests', idsFrom: 2_000_000 }
} as const

/** Share of the scenarios that have many of one of them, and the most of them in a minute. */
const manyShare = 0.4
const perMinuteMax = 20

/** A scenario that may have many operations of one such kind. It draws its own chance: the rest stays what it is. */
export function withMany(kind: keyof typeof apart, scenario: Scenario): Scenario {
  const { seed, nodes, faultsMs, operations } = scenario
  const { chance, idsFrom } = apart[kind]
  const random = derivedRandom(seed, chance)
  if (random.next() >= manyShare) return scenario
  const count = 1 + random.integer(Math.ceil((perMinuteMax * faultsMs) / 60_000))
  const many = Array.from({ length: count }, (_, index): Operation => {
    return { id: idsFrom + index, kind, atMs: random.integer(faultsMs), machine: random.integer(nodes) }
  })
  return { ...scenario, operations: [...operations, ...many] }
}

import { derivedRandom } from '../cloud/derived-random.ts'
import type { Operation } from '../workload/client.ts'
import type { Scenario } from './scenario.ts'

/** Operations that are never drawn among the others: the name of their chance, where their numbers count from, and how many there are. */
const apart = {
  'end lease': { chance: 'ended leases', idsFrom: 1_000_000, share: 0.4, perMinuteMax: 20 },
  'create request again': { chance: 'repeated requests', idsFrom: 2_000_000, share: 0.4, perMinuteMax: 20 },
  /** Only the founder's machine, of number 0, can. */
  'index attribute': { chance: 'schemas', idsFrom: 3_000_000, share: 0.25, perMinuteMax: 2, machines: 1 }
} as const

/** How such operations are drawn. */
interface Apart {
  readonly chance: string
  readonly idsFrom: number
  /** Share of the scenarios that have any, and the most of them in a minute. */
  readonly share: number
  readonly perMinuteMax: number
  /** Machines that do it; all if not given. */
  readonly machines?: number
}

/** A scenario that may have operations of one such kind. It draws its own chance: the rest stays what it is. */
export function withSome(kind: keyof typeof apart, scenario: Scenario): Scenario {
  const { seed, nodes, faultsMs, operations } = scenario
  const { chance, idsFrom, share, perMinuteMax, machines = nodes }: Apart = apart[kind]
  const random = derivedRandom(seed, chance)
  if (random.next() >= share) return scenario
  const count = 1 + random.integer(Math.ceil((perMinuteMax * faultsMs) / 60_000))
  const some = Array.from({ length: count }, (_, index): Operation => {
    return { id: idsFrom + index, kind, atMs: random.integer(faultsMs), machine: random.integer(machines) }
  })
  return { ...scenario, operations: [...operations, ...some] }
}

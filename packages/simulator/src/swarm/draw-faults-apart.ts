import { pick, type Random } from '@cloudpeer/core'
import { derivedRandom } from '../cloud/derived-random.ts'
import { failedCommits, lostLedger, lostWrites, misdirectedWrites, slowDisk } from '../faults/disk.ts'
import type { Fault } from '../faults/fault.ts'
import type { FaultEvent, Scenario } from './scenario.ts'

/** Faults that are never drawn among the others. */
interface Apart {
  readonly kinds: readonly Fault[]
  /** Where their numbers count from. */
  readonly idsFrom: number
  /** Share of the scenarios that are not gentle that have any, and the most of them. */
  readonly share: number
  readonly eventsMax: number
}

/** By the name of their chance. */
const apart = {
  'lost ledgers': { kinds: [lostLedger], idsFrom: 1_000, share: 0.4, eventsMax: 4 },
  'disk trouble': { kinds: [failedCommits, misdirectedWrites, lostWrites, slowDisk], idsFrom: 2_000, share: 0.3, eventsMax: 6 }
} as const satisfies Record<string, Apart>

/** A scenario that may have faults of one such sort. It draws its own chance: the rest stays what it is. */
export function withTrouble(chance: keyof typeof apart, scenario: Scenario): Scenario {
  const { kinds, idsFrom, share, eventsMax }: Apart = apart[chance]
  const random = derivedRandom(scenario.seed, chance)
  if (scenario.gentle || random.next() >= share) return scenario
  const events = Array.from({ length: 1 + random.integer(eventsMax) }, (_, index) =>
    drawEvent(random, pick(random, kinds), idsFrom + index, scenario)
  )
  return { ...scenario, faults: [...scenario.faults, ...events] }
}

function drawEvent(random: Random, { kind, range }: Fault, id: number, { nodes, faultsMs }: Scenario): FaultEvent {
  const forMs = Math.round(between(random, range.forMs))
  return {
    id,
    kind,
    atMs: random.integer(Math.max(1, faultsMs - forMs)),
    forMs: Math.min(forMs, faultsMs),
    machines: [random.integer(nodes)],
    amount: between(random, range.amount)
  }
}

function between(random: Random, [least, most]: readonly [number, number]): number {
  return least + random.next() * (most - least)
}

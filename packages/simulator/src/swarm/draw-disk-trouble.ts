import { pick, type Random } from '@cloudpeer/core'
import { derivedRandom } from '../cloud/derived-random.ts'
import { failedCommits, lostWrites, misdirectedWrites, slowDisk } from '../faults/disk.ts'
import type { FaultEvent, Scenario } from './scenario.ts'

/** Share of the scenarios that are not gentle with disks that wear out; the most faults of such a scenario. */
const wornShare = 0.3
const eventsMax = 6
/** Where the numbers of these faults count from. */
const troubleFrom = 2_000

/** A scenario with disks that wear out. It draws its own chance: the rest stays what it is. */
export function withDiskTrouble(scenario: Scenario): Scenario {
  const random = derivedRandom(scenario.seed, 'disk trouble')
  if (scenario.gentle || random.next() >= wornShare) return scenario
  const events = Array.from({ length: 1 + random.integer(eventsMax) }, (_, index) => drawEvent(random, troubleFrom + index, scenario))
  return { ...scenario, faults: [...scenario.faults, ...events] }
}

function drawEvent(random: Random, id: number, { nodes, faultsMs }: Scenario): FaultEvent {
  const { kind, range } = pick(random, [failedCommits, misdirectedWrites, lostWrites, slowDisk])
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

import type { Random } from '@cloudpeer/core'
import { derivedRandom } from '../cloud/derived-random.ts'
import { lostLedger } from '../faults/disk.ts'
import { freeze } from '../faults/process.ts'
import type { FaultEvent, Scenario } from './scenario.ts'

/** Shares of the scenarios that are not gentle with a thief of leases, and with owners that lose their ledgers; the most of these. */
const thiefShare = 0.15
const lostLedgersShare = 0.4
const lostLedgersMax = 4
/** How long machines fall silent, and until the next one does, in ms: longer than it takes to suspect one, and to hear that it was wrong. */
const silenceMs = 13_000
const silencePauseMs = 7_000
/** Where the numbers of these faults count from. */
const troubleFrom = 1_000

/** A scenario with what is hard on leases in particular. It draws its own chance: the rest stays what it is. */
export function withLeaseTrouble(scenario: Scenario): Scenario {
  const { seed, gentle, faults, adversaries } = scenario
  if (gentle) return scenario
  const random = derivedRandom(seed, 'lease trouble')
  const thief = random.next() < thiefShare && !adversaries.includes('thief') ? (['thief'] as const) : []
  const lost = random.next() < lostLedgersShare ? 1 + random.integer(lostLedgersMax) : 0
  const ledgers = Array.from({ length: lost }, (_, index) => lostLedgerEvent(random, troubleFrom + index, scenario))
  return { ...scenario, adversaries: [...adversaries, ...thief], faults: [...faults, ...ledgers] }
}

/** One machine after the other falls silent without a word, whatever it has to do for others. */
export function drawSilences({ seed, nodes, faultsMs }: Scenario): readonly FaultEvent[] {
  const random = derivedRandom(seed, 'silences')
  const count = Math.floor(faultsMs / (silenceMs + silencePauseMs))
  return Array.from({ length: count }, (_, index) => ({
    id: troubleFrom + index,
    kind: freeze.kind,
    atMs: index * (silenceMs + silencePauseMs) + random.integer(silencePauseMs),
    forMs: silenceMs,
    machines: [random.integer(nodes)],
    amount: 0
  }))
}

function lostLedgerEvent(random: Random, id: number, { nodes, faultsMs }: Scenario): FaultEvent {
  const [leastMs, mostMs] = lostLedger.range.forMs
  return {
    id,
    kind: lostLedger.kind,
    atMs: random.integer(Math.max(1, faultsMs - mostMs)),
    forMs: leastMs + random.integer(mostMs - leastMs),
    machines: [random.integer(nodes)],
    amount: 0
  }
}

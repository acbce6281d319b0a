import { drawScenario, type Scenario } from '@cloudpeer/simulator'

/** Small networks find as much as large ones, and ten times as many fit into an hour. */
const sizes = { nodesMin: 8, nodesMax: 14 }
/** Where much goes wrong a minute of it will do. Where one thing at a time is broken, that happens four or five times; then copies expire. */
const storm = { faultsMs: 60_000, healMs: 100_000 }
const calm = { faultsMs: 150_000, healMs: 150_000 }
/** Scenarios that are drawn for one that is of the kind wanted: a quarter of them is gentle. */
const drawsMax = 64
/**
 * How long copies live where one thing at a time is broken, in ms: short enough that they expire and are refreshed in every run, longer
 * than a fault and the time between two refreshes.
 */
const gentleTtlMs = 36_000
/** How often replicas are compared, in ms: five times in the time to heal, so that what is left unequal was not bad luck. */
const antiEntropyIntervalMs = 20_000

/** The scenario of a seed, the same for all mutants: at even seeds at most one thing is broken at a time, so that nothing may be missed. */
export function scenarioOf(seed: number): Scenario {
  const gentle = seed % 2 === 0
  const drawn = Array.from({ length: drawsMax }, (_, draw) => seed * drawsMax + draw)
  const found = drawn.find((candidate) => drawScenario(candidate).gentle === gentle) ?? seed
  const scenario = drawScenario(found, { ...sizes, ...(gentle ? calm : storm) })
  return { ...scenario, registry: { antiEntropyIntervalMs, ...(gentle && { ttlMs: gentleTtlMs }) } }
}

import { derivedRandom } from '../cloud/derived-random.ts'
import { freeze } from '../faults/process.ts'
import type { RequestMix } from '../workload/capacity-requests.ts'
import type { Operation } from '../workload/client.ts'
import { drawTenantOperation } from '../workload/tenant.ts'
import { withCrowdedCells } from './draw-crowded-cells.ts'
import { withSome } from './draw-operations-apart.ts'
import { drawScenario } from './draw-scenario.ts'
import type { FaultEvent, Scenario } from './scenario.ts'

/** How much tenants want. */
export interface GrantsLoad {
  readonly requests: RequestMix
  /** What is done about capacity in a second. */
  readonly operationsPerSecond: number
}

/** Many small leases, all of which end soon: thousands of grants, each at little cost, since little waits for good. */
export const manyGrants: GrantsLoad = {
  requests: { severalShare: 0.8, countMax: 256, gangShare: 0.15, endingShare: 1, durationMsMax: 2_000, cpuMilliMax: 100 },
  operationsPerSecond: 4
}
/** Few leases that fill machines, many of them of gangs: hundreds of grants, in a tenth of the time. */
export const fewGrants: GrantsLoad = {
  requests: { severalShare: 0.6, countMax: 8, gangShare: 0.6, endingShare: 0.6, durationMsMax: 10_000, cpuMilliMax: 2_000 },
  operationsPerSecond: 1.5
}

/** A few machines for a minute: what leases can do to each other needs no more. */
const sizes = { nodesMin: 4, nodesMax: 8, faultsMs: 60_000, healMs: 90_000 }
/** Leases and what is known of others last so short that they end, and that owners wait for their end, many times in a run. */
const provisioning = { leaseMs: 12_000, holdMs: 2_000, offerTtlMs: 20_000, requestTtlMs: 20_000, offerDelayMs: 250, agingMs: 10_000 }

/** How long machines fall silent, and until the next one does, in ms: longer than it takes to suspect one, and to hear that it was wrong. */
const silenceMs = 13_000
const silencePauseMs = 7_000

/** Draws a scenario in which leases come and go, under the faults that the seed draws; in gentle ones machines fall silent. */
export function drawGrants(seed: number, { requests, operationsPerSecond }: GrantsLoad = manyGrants): Scenario {
  const scenario = drawScenario(seed, sizes)
  const random = derivedRandom(seed, 'grants')
  const operations = Array.from({ length: (operationsPerSecond * scenario.faultsMs) / 1000 }, (_, id): Operation => {
    return { id, kind: drawTenantOperation(random), atMs: random.integer(scenario.faultsMs), machine: random.integer(scenario.nodes) }
  })
  const drawn = { ...scenario, provisioning, requests, operations, ...(scenario.gentle && { faults: drawSilences(scenario) }) }
  return withCrowdedCells(withSome('create request again', withSome('end lease', drawn)))
}

/** One machine after the other falls silent without a word, whatever it has to do for others. */
function drawSilences({ seed, nodes, faultsMs }: Scenario): readonly FaultEvent[] {
  const random = derivedRandom(seed, 'silences')
  const count = Math.floor(faultsMs / (silenceMs + silencePauseMs))
  return Array.from({ length: count }, (_, id) => ({
    id,
    kind: freeze.kind,
    atMs: id * (silenceMs + silencePauseMs) + random.integer(silencePauseMs),
    forMs: silenceMs,
    machines: [random.integer(nodes)],
    amount: 0
  }))
}

import { derivedRandom } from '../cloud/derived-random.ts'
import { everyRequest } from '../workload/capacity-requests.ts'
import type { Scenario } from './scenario.ts'

/** Share of the scenarios whose cells of capacity split and merge. */
const crowdedShare = 0.4
/** Two offers and four requests are too many for a cell; one request is few enough for its parts to become one. */
const bounds = { cellOffersMax: 1, cellRequestsMax: 3 }
/** Share of the requests there that want machines with a certain number of cores: a cut has them on one side. */
const narrowShare = 0.6
/** Machines for each dimension there: three cells with one, nine with two, and several machines in some of them. */
const nodesPerDimension = 16
const dimensionsMax = 2

/** A scenario in some of which cells split and merge all the time. It draws its own chance: the rest stays what it is. */
export function withCrowdedCells(scenario: Scenario): Scenario {
  const { seed, nodes, conditions, provisioning, requests = everyRequest } = scenario
  const random = derivedRandom(seed, 'crowded cells')
  if (random.next() >= crowdedShare) return scenario
  const dimensions = Math.min(dimensionsMax, Math.ceil(nodes / nodesPerDimension))
  return {
    ...scenario,
    conditions: { ...conditions, dimensions },
    provisioning: { ...provisioning, ...bounds },
    requests: { ...requests, narrowShare }
  }
}

import { pick, present, type Random } from '@cloudpeer/core'
import type { PaperService, QueryTerm } from '../papers/scheme.ts'

/** How often attributes occur: all alike, or the r-th of them in proportion to 1/r (Zipf's law with s = 1). */
export type Popularity = 'uniform' | 'zipf'

/** The data sets of Zhygmanovskyi and Yoshida, section 4.2, whose numbers are lost. */
export interface WorkloadInit {
  readonly attributes: number
  /** Values that each attribute can have. */
  readonly values: number
  /** Attributes of a service, on average; each service has one less, as many, or one more. */
  readonly perService: number
  /** Values of an attribute in one service, on average, from 1 to 2. */
  readonly perAttribute: number
  /** Attributes of a query, on average; one less, as many, or one more. */
  readonly perQuery: number
  readonly popularity: Popularity
}

/** Services and queries drawn at random. Values of an attribute are equally likely. */
export interface Workload {
  /** All attributes, the most popular first. */
  readonly attributes: readonly string[]
  /** Pairs of a service, on average. */
  readonly pairsPerService: number
  service(id: number): PaperService
  query(): readonly QueryTerm[]
}

/** A workload over a source of chance. */
export function createWorkload(random: Random, init: WorkloadInit): Workload {
  const attributes = Array.from({ length: init.attributes }, (_, rank) => `a${String(rank).padStart(2, '0')}`)
  const values = Array.from({ length: init.values }, (_, index) => `v${String(index).padStart(2, '0')}`)
  const weights = attributes.map((_, rank) => (init.popularity === 'zipf' ? 1 / (rank + 1) : 1))

  function drawAttributes(mean: number): string[] {
    const count = Math.min(attributes.length, Math.max(1, mean - 1 + random.integer(3)))
    return weightedSample(random, weights, count).map((rank) => present(attributes[rank], 'an attribute'))
  }

  function drawValues(): string[] {
    const first = pick(random, values)
    const second = pick(random, values)
    return random.next() < init.perAttribute - 1 && second !== first ? [first, second] : [first]
  }

  return {
    attributes,
    pairsPerService: init.perService * init.perAttribute,
    service: (id) => ({ id, attributes: drawAttributes(init.perService).map((attribute) => ({ attribute, values: drawValues() })) }),
    query: () => drawAttributes(init.perQuery).map((attribute) => ({ attribute, value: pick(random, values) }))
  }
}

/** `count` different indices, drawn one after the other by their weights. */
function weightedSample(random: Random, weights: readonly number[], count: number): number[] {
  const left = [...weights]
  return Array.from({ length: count }, () => {
    const drawn = weightedIndex(random, left)
    left[drawn] = 0
    return drawn
  })
}

function weightedIndex(random: Random, weights: readonly number[]): number {
  let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    rest -= weight
    if (weight > 0 && rest < 0) return index
  }
  // Sums of fractions are not exact: what is left over belongs to the last.
  return weights.findLastIndex((weight) => weight > 0)
}

/** Time to the next of events that come at random at this rate (a Poisson process), in ms. */
export function poissonGapMs(random: Random, perSecond: number): number {
  return (-Math.log(1 - random.next()) / perSecond) * 1000
}

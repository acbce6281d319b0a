import { pick, type Random, sample } from '@cloudpeer/core'
import type { AdversaryName } from '../adversaries/index.ts'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import type { LatencyChoice } from '../latency/latency.ts'
import { capacityDimensions } from '../workload/capacities.ts'
import type { Operation } from '../workload/client.ts'
import { drawTenantOperation } from '../workload/tenant.ts'
import { withCrowdedCells } from './draw-crowded-cells.ts'
import { withTrouble } from './draw-faults-apart.ts'
import { withSome } from './draw-operations-apart.ts'
import type { Conditions, FaultEvent, Scenario } from './scenario.ts'

/** Sizes and times of a drawn scenario, where they differ from the usual ones. */
export interface DrawOptions {
  readonly nodesMin?: number
  readonly nodesMax?: number
  readonly faultsMs?: number
  readonly healMs?: number
}

/** Share of the scenarios in which at most one thing is broken at a time. */
const gentleShare = 0.25
/** Share of the scenarios whose messages are encoded, and of those that sign with Ed25519. */
const encodedShare = 0.25
const realSignaturesShare = 0.02
/** How long nodes have to find each other after the last of them has come, in ms; operations begin in its second half. */
const settleMs = 20_000
/** Time between two faults of a gentle scenario, in ms. */
const gentlePauseMs = 25_000
/** Kinds of faults that any scenario may have. */
const general = [...faults.values()].filter(({ ofLeases, ofDisks }) => !ofLeases && !ofDisks)
/** Kinds of faults of a scenario that is not gentle, and faults of each kind. */
const kindsMin = 3
const kindsMax = 9
const eventsPerKindMax = 4
/** Shares of the scenarios that are not gentle with hostile machines, and with a thief of leases among them. */
const hostileShare = 0.3
const thiefShare = 0.15
/** Those that an open network stops; what it does not stop is shown by tests of their own. */
const stopped: readonly AdversaryName[] = [
  'forger',
  'replayer',
  'equivocator',
  'poisoner',
  'request flood',
  'gossip flood',
  'slanderer',
  'pretender',
  'slow replica',
  'complaining replica',
  'refusing replica',
  'babbling replica',
  'irrelevant replica',
  'thief',
  'hoarder',
  'braggart',
  'reckless matcher'
]
/** A data centre, a continent, and thirteen regions of a cloud. */
const latencies: readonly LatencyChoice[] = [
  { kind: 'uniform', minMs: 0.2, maxMs: 1 },
  { kind: 'uniform', minMs: 1, maxMs: 60 },
  { kind: 'regions' }
]
/** Operators' settings that half of the scenarios have: copies expire, and are compared, several times in a run. */
const shortLived = { ttlMs: 36_000, antiEntropyIntervalMs: 20_000 }
/** Share of the scenarios in which operators say how long leases of their machines last, and the least that they say, in ms. */
const ownLeaseTimesShare = 0.3
const leaseMsLeast = 3_000
/** Operations a second: at least, at most; on services, and about capacity. */
const operationsPerSecond = [0.5, 2.5] as const
const tenancyPerSecond = [0.2, 2] as const
/** The numbers of operations about capacity count from here. */
const tenancyFrom = 10_000

/** Draws the scenario of a seed: each seed has its own size, conditions, kinds of faults and load (swarm testing: Groce et al., 2012). */
export function drawScenario(seed: number, options: DrawOptions = {}): Scenario {
  const { nodesMin = 20, nodesMax = 60, faultsMs = 120_000, healMs = 180_000 } = options
  const random = derivedRandom(seed, 'scenario')
  const settings = derivedRandom(seed, 'settings')
  const gentle = random.next() < gentleShare
  const nodes = nodesMin + random.integer(nodesMax - nodesMin + 1)
  const leaseTimes = derivedRandom(seed, 'lease times')
  const conditions = { ...drawConditions(random, gentle), ...(leaseTimes.next() < ownLeaseTimesShare && { leaseMsLeast }) }
  const scenario: Scenario = {
    seed,
    nodes,
    gentle,
    conditions,
    ...(settings.next() < 0.5 && { registry: shortLived }),
    startMs: conditions.startWithinMs + settleMs,
    faultsMs,
    healMs,
    faults: gentle ? drawGentle(random, nodes, faultsMs) : drawStorm(random, nodes, faultsMs),
    adversaries: gentle ? [] : drawHostile(random, seed),
    operations: [...drawOperations(random, nodes, faultsMs), ...drawTenancy(derivedRandom(seed, 'tenants'), nodes, faultsMs)]
  }
  return withSome(
    'index attribute',
    withSome('create request again', withCrowdedCells(withTrouble('disk trouble', withTrouble('lost ledgers', scenario))))
  )
}

function drawConditions(random: Random, gentle: boolean): Conditions {
  const sometimes = (most: number): number => (random.next() < 0.5 ? 0 : between(random, 0, most))
  return {
    latency: pick(random, latencies),
    jitter: random.next() < 0.5,
    lossShare: sometimes(gentle ? 0.01 : 0.3),
    duplicateShare: sometimes(0.5),
    reorderShare: sometimes(gentle ? 0.05 : 0.3),
    startWithinMs: random.next() < 0.3 ? 0 : between(random, 0, 10_000),
    dimensions: random.next() < 0.5 ? 0 : 1 + random.integer(capacityDimensions.length),
    signatures: random.next() < realSignaturesShare ? 'ed25519' : 'hash',
    passes: random.next() < encodedShare ? 'bytes' : 'values'
  }
}

/** One fault after the other, each of a single machine, with time to heal between. */
function drawGentle(random: Random, nodes: number, faultsMs: number): FaultEvent[] {
  const kinds = [...faults.values()].filter(({ gentle }) => gentle)
  const events: FaultEvent[] = []
  for (let atMs = 5_000; ; ) {
    const fault = pick(random, kinds)
    const event = drawEvent(random, fault, events.length, nodes, atMs)
    const forMs = Math.min(event.forMs, 20_000)
    if (atMs + forMs + gentlePauseMs > faultsMs) return events
    events.push({ ...event, forMs, machines: event.machines.slice(0, 1) })
    atMs += forMs + gentlePauseMs
  }
}

/** Many kinds, many times, many machines at once. */
function drawStorm(random: Random, nodes: number, faultsMs: number): FaultEvent[] {
  const kinds = sample(random, general, kindsMin + random.integer(kindsMax - kindsMin + 1))
  const events = kinds.flatMap((fault) =>
    Array.from({ length: 1 + random.integer(eventsPerKindMax) }, () => ({ fault, atMs: random.next() * faultsMs * 0.9 }))
  )
  return events.map(({ fault, atMs }, id) => {
    const event = drawEvent(random, fault, id, nodes, atMs)
    return { ...event, forMs: Math.min(event.forMs, faultsMs - atMs) }
  })
}

function drawEvent(random: Random, { kind, range, newcomers }: Fault, id: number, nodes: number, atMs: number): FaultEvent {
  const [least, most] = range.machines
  const count = most < 1 ? Math.max(1, Math.round(between(random, least, most) * nodes)) : least + random.integer(most - least + 1)
  const all = Array.from({ length: nodes }, (_, number) => number)
  const machines = newcomers ? Array.from({ length: count }, (_, index) => nodes + id * nodes + index) : sample(random, all, count)
  return {
    id,
    kind,
    atMs: Math.round(atMs),
    forMs: Math.round(between(random, ...range.forMs)),
    machines,
    amount: between(random, ...range.amount)
  }
}

function drawHostile(random: Random, seed: number): AdversaryName[] {
  const drawn = random.next() < hostileShare ? sample(random, stopped, 1 + random.integer(2)) : []
  const hasThief = derivedRandom(seed, 'thief').next() < thiefShare && !drawn.includes('thief')
  return [...drawn, ...(hasThief ? (['thief'] as const) : [])]
}

/** Changes and queries at random machines, from before the first fault until all have ended. */
function drawOperations(random: Random, nodes: number, faultsMs: number): Operation[] {
  const perSecond = between(random, ...operationsPerSecond)
  const beforeMs = settleMs / 2
  const count = Math.ceil((perSecond * (faultsMs + beforeMs)) / 1000)
  const kinds = ['register', 'register', 'register', 'remove', 'query', 'query', 'query', 'strong query', 'strong query'] as const
  return Array.from({ length: count }, (_, id) => ({
    id,
    kind: id < nodes / 4 ? 'register' : pick(random, kinds),
    atMs: Math.round(id < nodes / 4 ? -beforeMs * random.next() : (random.next() * 1.05 - 0.05) * faultsMs),
    machine: random.integer(nodes)
  }))
}

/** What tenants and operators do about capacity, from before the first fault as well. */
function drawTenancy(random: Random, nodes: number, faultsMs: number): Operation[] {
  const perSecond = between(random, ...tenancyPerSecond)
  const beforeMs = settleMs / 4
  return Array.from({ length: Math.ceil((perSecond * faultsMs) / 1000) }, (_, index) => ({
    id: tenancyFrom + index,
    kind: drawTenantOperation(random),
    atMs: Math.round(random.next() * (faultsMs + beforeMs) - beforeMs),
    machine: random.integer(nodes)
  }))
}

function between(random: Random, least: number, most: number): number {
  return least + random.next() * (most - least)
}

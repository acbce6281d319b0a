import { drawGrants, drawScenario, fewGrants, type GrantsLoad, type Scenario } from '@cloudpeer/simulator'

type FaultEvent = Scenario['faults'][number]

/** Small networks find as much as large ones, and ten times as many fit into an hour. */
const sizes = { nodesMin: 8, nodesMax: 14 }
/** Where much goes wrong a minute of it will do. Where one thing at a time is broken, that happens four or five times; then copies expire. */
const storm = { faultsMs: 60_000, healMs: 100_000 }
const calm = { faultsMs: 150_000, healMs: 150_000 }
/** Scenarios that are drawn for one that is of the kind wanted: a quarter of them is gentle. */
const drawsMax = 64
/**
 * How long copies live, in ms: short enough that they expire and are refreshed in every run, and where one thing at a time is broken longer
 * than a fault and the time between two refreshes.
 */
const gentleTtlMs = 36_000
const stormyTtlMs = 15_000
/** How often replicas are compared, in ms: five times in the time to heal, so that what is left unequal was not bad luck. */
const antiEntropyIntervalMs = 20_000

/** One in so many scenarios about services is full of leases, so that the links between few machines carry much. */
const turns = 16

/** When machines join a gentle network, in ms before the time of the faults is over. */
const newcomersMs = [12_000, 8_000, 4_000]

/**
 * Storms take turns. One of so many is harsh: questions are asked from its first moment on, when nobody is complete in anything yet, and later its
 * halves do not hear of each other until each takes the other for gone. In another one nothing else goes wrong than that they are apart, for so
 * long that no connection is left. In a third one a machine is put back to an image from before its last start, while all others, who had heard
 * of that start, have no power.
 */
const stormTurns = 8
const halved = { kind: 'partition', atMs: 2_000, forMs: 40_000, amount: 0 }
const parted = { ...halved, forMs: 80_000 }
const partedFaultsMs = 85_000
/** In ms after the start. Their ids count from here. */
const earlyQuestionsMs = Array.from({ length: 24 }, (_, index) => 100 + 400 * index)
const earlyQuestionsFrom = 20_000
const putBack = { kind: 'old snapshot', atMs: 5_000, forMs: 20_000, amount: 0 }
const restart = { kind: 'crash', atMs: 10_000, forMs: 1_000, amount: 0 }
const outage = { kind: 'crash', atMs: 24_900, forMs: 10_000, amount: 0 }

/**
 * Leases take turns. In one network of so many nearly everything that is asked for has room, and each machine falls silent once, so that whatever
 * waits for one of them is late. In another one owners tell late what has changed: until then what they answer to proposals is news. In a third one
 * all requests come at once, for machines of few kinds, and are cancelled one after the other: cells split, and merge again. In a fourth one
 * machines are put back to images of a second ago, one after the other, which is when some of what they hold is confirmed, while every second of
 * the others falls silent.
 */
const leaseTurns = 8
const littleWanted: GrantsLoad = {
  requests: { severalShare: 0, countMax: 2, gangShare: 0, endingShare: 1, durationMsMax: 2_000, cpuMilliMax: 300 },
  operationsPerSecond: 4
}
const silence = { kind: 'freeze', forMs: 13_000, amount: 0 }
const silenceEveryMs = 20_000
const imageEveryMs = 12_000
const image = { kind: 'old snapshot', forMs: 1_000, amount: 0 }
const silentMs = 10_000
const offerDelayMs = 3_000
const crowdMs = 15_000
const crowdedCells = { cellOffersMax: 1, cellRequestsMax: 3 }
const narrowShare = 0.8

/** What a scenario is about: services in a network, or leases of capacity. */
export type Subject = 'services' | 'leases'

/**
 * The scenario of a seed, the same for all mutants of a subject: at even seeds at most one thing is broken at a time, so that nothing may be
 * missed.
 */
export function scenarioOf(subject: Subject, seed: number): Scenario {
  return subject === 'leases' ? leasesOf(seed) : servicesOf(seed)
}

/** Few machines, whose leases end many times in a run. */
function leasesOf(seed: number): Scenario {
  const draw = drawnFor(seed)
  if (seed % leaseTurns === 6) return withSilences(drawGrants(draw, littleWanted))
  const scenario = drawGrants(draw, fewGrants)
  if (seed % leaseTurns === 4) return withCrowd(scenario)
  if (seed % leaseTurns === 1) return withImages(scenario)
  return seed % leaseTurns === 3 ? { ...scenario, provisioning: { ...scenario.provisioning, offerDelayMs } } : scenario
}

/** One machine after the other. All requests wait at the same matchers: nobody else does the work of one that does none. */
function withSilences(scenario: Scenario): Scenario {
  const { nodes, conditions } = scenario
  const faultsMs = nodes * silenceEveryMs
  const faults = Array.from({ length: nodes }, (_, id) => ({ ...silence, id, atMs: id * silenceEveryMs, machines: [id] }))
  const operations = scenario.operations.map((operation) => ({ ...operation, atMs: (operation.atMs * faultsMs) / scenario.faultsMs }))
  return { ...scenario, conditions: { ...conditions, dimensions: 0 }, faultsMs, faults, operations }
}

/** Several requests are made in each second before an image. */
function withImages(scenario: Scenario): Scenario {
  const { nodes, operations } = scenario
  const faultsMs = 2 * nodes * imageEveryMs
  const faults = Array.from({ length: 2 * nodes }, (_, round): Omit<FaultEvent, 'id'>[] => {
    const atMs = (round + 0.5) * imageEveryMs
    const owner = round % nodes
    const others = Array.from({ length: nodes }, (_, number) => number).filter((number) => number !== owner)
    return [
      { ...image, atMs, machines: [owner] },
      { ...silence, forMs: silentMs, atMs: atMs + image.forMs, machines: others.filter((_, place) => place % 2 === round % 2) }
    ]
  })
  return {
    ...scenario,
    faultsMs,
    faults: faults.flat().map((event, id) => ({ ...event, id })),
    operations: operations.map((operation, place) => ({
      ...operation,
      atMs: ((place % (2 * nodes)) + 0.5) * imageEveryMs - (operation.atMs % 1_000)
    }))
  }
}

/** A crowd in the first part of the time of the faults, of which nobody is left at the end of it. */
function withCrowd(scenario: Scenario): Scenario {
  const { conditions, provisioning, requests = fewGrants.requests, operations } = scenario
  return {
    ...scenario,
    conditions: { ...conditions, dimensions: 1 },
    provisioning: { ...provisioning, ...crowdedCells },
    requests: { ...requests, narrowShare },
    faults: [],
    operations: operations.map((operation) => ({ ...operation, kind: operation.atMs < crowdMs ? 'create request' : 'cancel request' }))
  }
}

function servicesOf(seed: number): Scenario {
  if (seed % turns === turns - 1) return drawGrants(drawnFor(seed))
  const gentle = isGentle(seed)
  const scenario = drawScenario(drawnFor(seed), { ...sizes, ...(gentle ? calm : storm) })
  return {
    ...(gentle ? withNewcomers(scenario) : roughened(scenario, seed)),
    registry: { antiEntropyIntervalMs, ttlMs: gentle ? gentleTtlMs : stormyTtlMs }
  }
}

/** What rarely comes to pass in a storm. */
function roughened(scenario: Scenario, seed: number): Scenario {
  if (seed % stormTurns === 5) return withHalves(withEarlyQuestions(scenario))
  if (seed % stormTurns === 3) return inTwoParts(scenario)
  return seed % stormTurns === 1 ? withOnePutBack(scenario) : scenario
}

/** Machines that join, one after the other, once the last of a gentle scenario's faults is over: hand-over does the most where nothing is there. */
function withNewcomers(scenario: Scenario): Scenario {
  const { nodes, faults, faultsMs } = scenario
  const newcomers = newcomersMs.map((beforeMs, index): FaultEvent => {
    const id = faults.length + index
    return { id, kind: 'join', atMs: faultsMs - beforeMs, forMs: 1, machines: [nodes * (1 + id)], amount: 0 }
  })
  return { ...scenario, faults: [...faults, ...newcomers] }
}

/** It is the last machine, since everybody joins through the first three. Nothing else goes wrong: it is to meet those who had heard of it. */
function withOnePutBack(scenario: Scenario): Scenario {
  const machines = Array.from({ length: scenario.nodes }, (_, number) => number)
  const last = machines.splice(-1)
  const events = [
    { ...putBack, machines: last },
    { ...restart, machines: last },
    { ...outage, machines }
  ]
  return { ...scenario, faults: events.map((event, id) => ({ ...event, id })) }
}

function withHalves(scenario: Scenario): Scenario {
  const { faults } = scenario
  return { ...scenario, faults: [...faults, { ...halved, id: faults.length, machines: halfOf(scenario) }] }
}

function inTwoParts(scenario: Scenario): Scenario {
  return { ...scenario, faultsMs: partedFaultsMs, faults: [{ ...parted, id: 0, machines: halfOf(scenario) }] }
}

function halfOf({ nodes }: Scenario): number[] {
  return Array.from({ length: Math.floor(nodes / 2) }, (_, number) => number)
}

function withEarlyQuestions(scenario: Scenario): Scenario {
  const { nodes, startMs, operations } = scenario
  const questions = earlyQuestionsMs.map((atMs, index) => {
    return { id: earlyQuestionsFrom + index, kind: 'query' as const, atMs: atMs - startMs, machine: index % nodes }
  })
  return { ...scenario, operations: [...operations, ...questions] }
}

/** The first draw for a seed that is of the kind wanted. */
function drawnFor(seed: number): number {
  const draws = Array.from({ length: drawsMax }, (_, draw) => seed * drawsMax + draw)
  return draws.find((candidate) => drawScenario(candidate).gentle === isGentle(seed)) ?? seed
}

function isGentle(seed: number): boolean {
  return seed % 2 === 0
}

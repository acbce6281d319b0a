import type { FaultEvent, Scenario } from './scenario.ts'

/** How shrinking goes on. */
export interface ShrinkOptions {
  /** Runs that it may take. */
  readonly runsMax: number
  /** Told after each smaller scenario that still fails. */
  readonly progress?: (smaller: Scenario, runs: number) => void
}

/** A change that makes a scenario smaller; undefined if it would change nothing. */
type Cut = (scenario: Scenario) => Scenario | undefined

/** Smallest network that is worth a try. */
const nodesMin = 2

/**
 * Finds a smaller scenario that still fails: fewer faults and operations (delta debugging: Zeller and Hildebrandt, 2002), fewer
 * machines, a shorter run, kinder conditions. Each part of a scenario draws its own chance, so what is left does what it did.
 */
export async function shrink(
  scenario: Scenario,
  fails: (smaller: Scenario) => Promise<boolean>,
  { runsMax, progress }: ShrinkOptions
): Promise<Scenario> {
  let smallest = scenario
  let runs = 0

  async function attempt(cut: Cut): Promise<boolean> {
    const smaller = cut(smallest)
    if (smaller === undefined || runs >= runsMax) return false
    runs++
    if (!(await fails(smaller))) return false
    smallest = smaller
    progress?.(smaller, runs)
    return true
  }

  async function thinOut(part: 'faults' | 'operations'): Promise<void> {
    for (let chunks = 1; chunks <= smallest[part].length && runs < runsMax; ) {
      const size = Math.ceil(smallest[part].length / chunks)
      let cutOne = false
      for (let from = 0; from < smallest[part].length; ) {
        if (await attempt((whole) => without(whole, part, from, size))) cutOne = true
        else from += size
      }
      if (size === 1 && !cutOne) return
      chunks = cutOne ? Math.max(1, chunks) : chunks * 2
      if (size === 1) return
    }
  }

  for (let before: Scenario | undefined; before !== smallest && runs < runsMax; ) {
    before = smallest
    await thinOut('faults')
    for (const share of [0.25, 0.5, 0.75]) await attempt((whole) => withNodes(whole, Math.ceil(whole.nodes * share)))
    while (await attempt((whole) => withNodes(whole, whole.nodes - 1)));
    await thinOut('operations')
    for (const kinder of kinderConditions) await attempt(kinder)
    while (await attempt(shorter));
  }
  return smallest
}

function without(whole: Scenario, part: 'faults' | 'operations', from: number, count: number): Scenario {
  return { ...whole, [part]: [...whole[part].slice(0, from), ...whole[part].slice(from + count)] }
}

function withNodes(whole: Scenario, nodes: number): Scenario | undefined {
  if (nodes < nodesMin || nodes >= whole.nodes) return undefined
  const isThere = (machine: number): boolean => machine < nodes || machine >= whole.nodes
  const faults = whole.faults.map((event): FaultEvent => ({ ...event, machines: event.machines.filter(isThere) }))
  return {
    ...whole,
    nodes,
    faults: faults.filter(({ machines }) => machines.length > 0),
    operations: whole.operations.filter(({ machine }) => isThere(machine))
  }
}

const kinderConditions: readonly Cut[] = [
  (whole) => (whole.adversaries.length === 0 ? undefined : { ...whole, adversaries: whole.adversaries.slice(1) }),
  (whole) => (whole.adversaries.length < 2 ? undefined : { ...whole, adversaries: whole.adversaries.slice(0, 1) }),
  (whole) => kinder(whole, { lossShare: 0 }),
  (whole) => kinder(whole, { duplicateShare: 0 }),
  (whole) => kinder(whole, { reorderShare: 0 }),
  (whole) => kinder(whole, { jitter: false }),
  withOneLeaseTime,
  (whole) => kinder(whole, { latency: { kind: 'uniform', minMs: 1, maxMs: 1 } })
]

function kinder(whole: Scenario, conditions: Partial<Scenario['conditions']>): Scenario | undefined {
  const changed = { ...whole.conditions, ...conditions }
  return JSON.stringify(changed) === JSON.stringify(whole.conditions) ? undefined : { ...whole, conditions: changed }
}

function withOneLeaseTime(whole: Scenario): Scenario | undefined {
  const { leaseMsLeast, ...conditions } = whole.conditions
  return leaseMsLeast === undefined ? undefined : { ...whole, conditions }
}

/** Ends the faults earlier: at the end of the last one, or in the middle of the time left. */
function shorter(whole: Scenario): Scenario | undefined {
  const lastMs = Math.max(0, ...whole.faults.map(({ atMs, forMs }) => atMs + forMs), ...whole.operations.map(({ atMs }) => atMs))
  const faultsMs = Math.ceil(lastMs) + 1_000
  return faultsMs < whole.faultsMs ? { ...whole, faultsMs } : undefined
}

import { assert, pick, type Random, sample } from '@cloudpeer/core'

/** The kinds of trouble, in the order of the report. */
export const chaosKinds = ['kill', 'restart', 'freeze', 'slow', 'add'] as const

/** One of {@link chaosKinds}. */
export type ChaosKind = (typeof chaosKinds)[number]

/** One thing that is done to the network, once it has healed of the one before. */
export interface ChaosEvent {
  readonly kind: ChaosKind
  /** Indices of the nodes it is done to, ascending. */
  readonly nodes: readonly number[]
  /** How long nodes are frozen or slow, in ms; 0 for the other kinds. */
  readonly lastsMs: number
  /** Quiet time after it, in ms. */
  readonly pauseMs: number
}

/** The fewest nodes that trouble can be planned for: of fewer none may be missing. */
export const chaosNodesMin = 3

/** Nodes that are added in one run at most. */
export const addedMax = 3

/** Replicas of a shard. */
const replicasMax = 5
const pauseMsMax = 3000
/** From too short to be noticed to longer than the 15 s by which everybody knows. */
const frozenMs = { min: 500, max: 18_000 }
const slowMs = { min: 5_000, max: 12_000 }

/** How many nodes may be down at once while `live` carry the shards: fewer than half of a shard's replicas. */
export function downMax(live: number): number {
  return Math.floor((Math.min(replicasMax, live) - 1) / 2)
}

/**
 * Trouble without end for a network of `nodes`, the same for the same chance. No event takes more than {@link downMax}
 * nodes down, and half of the first nodes, at least {@link chaosNodesMin}, are always left. All kinds come up equally often, as far as they can.
 */
export function* planChaos(random: Random, nodes: number): Generator<ChaosEvent, never> {
  assert(nodes >= chaosNodesMin, `a plan for ${nodes} nodes`)
  const live = new Set(Array.from({ length: nodes }, (_, index) => index))
  const dead = new Set<number>()
  const liveMin = Math.max(chaosNodesMin, Math.ceil(nodes / 2))
  let bag: ChaosKind[] = []

  function possible(kind: ChaosKind): boolean {
    if (kind === 'kill') return live.size > liveMin
    if (kind === 'restart') return dead.size > 0
    return kind !== 'add' || live.size + dead.size < nodes + addedMax
  }

  function nextKind(): ChaosKind {
    if (!bag.some(possible)) bag = sample(random, chaosKinds, chaosKinds.length)
    const kind = bag.find(possible) as ChaosKind
    bag.splice(bag.indexOf(kind), 1)
    return kind
  }

  function some(from: ReadonlySet<number>, most: number): readonly number[] {
    return sample(random, [...from], 1 + random.integer(most)).sort((a, b) => a - b)
  }

  function nodesFor(kind: ChaosKind): readonly number[] {
    if (kind === 'kill') return some(live, Math.min(downMax(live.size), live.size - liveMin))
    if (kind === 'restart') return some(dead, dead.size)
    if (kind === 'freeze') return some(live, downMax(live.size))
    return [kind === 'slow' ? pick(random, [...live]) : live.size + dead.size]
  }

  for (;;) {
    const kind = nextKind()
    const chosen = nodesFor(kind)
    for (const index of chosen) {
      if (kind === 'kill') live.delete(index)
      else live.add(index)
      if (kind === 'kill') dead.add(index)
      else dead.delete(index)
    }
    yield { kind, nodes: chosen, lastsMs: lastsMs(kind, random), pauseMs: random.integer(pauseMsMax) }
  }
}

function lastsMs(kind: ChaosKind, random: Random): number {
  if (kind !== 'freeze' && kind !== 'slow') return 0
  const { min, max } = kind === 'freeze' ? frozenMs : slowMs
  return min + random.integer(max - min)
}

import { type Clock, present, sleep } from '@cloudpeer/core'
import { type CatalogueService, shareOutCatalogue } from '../catalogue/catalogue.ts'
import type { DevNode } from '../dev-network.ts'
import { publishShares } from '../publish.ts'
import { settleMs } from './history.ts'
import type { ChaosEvent, ChaosKind } from './plan.ts'
import type { Scene } from './scene.ts'
import { untilBack, untilGone } from './waits.ts'

/** What one event did to the services of the nodes that it was done to. */
export interface Effect {
  /** For each node, how long until its services were out of all answers, in ms. */
  readonly goneMs: readonly number[]
  /** For each node, how long until its services were in all answers (again), in ms. */
  readonly backMs: readonly number[]
  /** What should not have been, in sentences. */
  readonly faults: readonly string[]
}

/** Half a period of a slow node, in ms: it is stopped and continued ten times a second. */
const stutterMs = 50
/** Services that a node publishes that is added. */
const servicesAdded = 25

const nothing: Effect = { goneMs: [], backMs: [], faults: [] }

/** Does an event to the network and resolves when its effect has been seen, or should have been. Notes all it does in the history. */
export async function sabotage(scene: Scene, event: ChaosEvent, signal: AbortSignal): Promise<Effect> {
  const effects = await Promise.all(event.nodes.map((index) => ways[event.kind](scene, index, event.lastsMs, signal)))
  return {
    goneMs: effects.flatMap(({ goneMs }) => goneMs),
    backMs: effects.flatMap(({ backMs }) => backMs),
    faults: effects.flatMap(({ faults }) => faults)
  }
}

type Way = (scene: Scene, index: number, lastsMs: number, signal: AbortSignal) => Promise<Effect>

const ways: Readonly<Record<ChaosKind, Way>> = { kill, restart, freeze, slow, add }

async function kill(scene: Scene, index: number, _lastsMs: number, signal: AbortSignal): Promise<Effect> {
  const { peerId, process } = nodeAt(scene, index)
  scene.history.note(peerId, 'down', scene.clock.now())
  await process.kill()
  return goneEffect(index, await untilGone(scene, peerId, signal))
}

async function freeze(scene: Scene, index: number, lastsMs: number, signal: AbortSignal): Promise<Effect> {
  const { history, clock } = scene
  const { peerId, process } = nodeAt(scene, index)
  history.note(peerId, 'down', clock.now())
  process.freeze()
  const [goneMs] = await Promise.all([untilGone(scene, peerId, signal, Math.min(lastsMs, settleMs)), sleep(clock, lastsMs, signal)])
  history.note(peerId, 'up', clock.now())
  process.resume()
  const noticed = goneMs === undefined && lastsMs < settleMs ? nothing : goneEffect(index, goneMs)
  const back = backEffect(index, await untilBack(scene, peerId, signal))
  // What was never gone need not come back.
  return { ...back, goneMs: noticed.goneMs, backMs: goneMs === undefined ? [] : back.backMs, faults: [...noticed.faults, ...back.faults] }
}

async function slow(scene: Scene, index: number, lastsMs: number, signal: AbortSignal): Promise<Effect> {
  const { history, clock } = scene
  const { peerId, process } = nodeAt(scene, index)
  history.note(peerId, 'unsettled', clock.now())
  await stutter(process, lastsMs, clock, signal)
  history.note(peerId, 'up', clock.now())
  return nothing
}

async function restart(scene: Scene, index: number, _lastsMs: number, signal: AbortSignal): Promise<Effect> {
  const { history, clock, network } = scene
  const { peerId } = nodeAt(scene, index)
  history.note(peerId, 'unsettled', clock.now())
  const again = await network.start(index)
  if (again.peerId !== peerId) return { ...nothing, faults: [`node ${index} came back as another: ${again.peerId}, not ${peerId}`] }
  history.note(peerId, 'up', clock.now())
  return backEffect(index, await untilBack(scene, peerId, signal))
}

async function add(scene: Scene, index: number, _lastsMs: number, signal: AbortSignal): Promise<Effect> {
  const { history, clock, network, published } = scene
  const node = await network.start(index)
  history.note(node.peerId, 'unsettled', clock.now())
  const share = servicesOf(index)
  published.push(...share.map((service) => ({ ...service, owner: node.peerId })))
  const shares: CatalogueService[][] = []
  shares[index] = share
  await publishShares([node], shares, { clock, signal })
  history.note(node.peerId, 'up', clock.now())
  return backEffect(index, await untilBack(scene, node.peerId, signal))
}

/** Stops and continues a process ten times a second, half of the time each. */
export async function stutter(process: DevNode['process'], lastsMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const endMs = clock.now() + lastsMs
  try {
    while (clock.now() < endMs) {
      process.freeze()
      await sleep(clock, stutterMs, signal)
      process.resume()
      await sleep(clock, stutterMs, signal)
    }
  } finally {
    process.resume()
  }
}

/** Services like some of the catalogue, under names of the node's own. */
function servicesOf(index: number): CatalogueService[] {
  const like = present(shareOutCatalogue(1)[0], 'one node has a share')
  return Array.from({ length: servicesAdded }, (_, i) => {
    const service = like[(index * 97 + i * 31) % like.length] as CatalogueService
    return { ...service, name: `${service.name}.node-${index}-${i}` }
  })
}

function nodeAt({ network }: Scene, index: number): DevNode {
  return present(network.nodes[index], `the plan names node ${index}`)
}

function goneEffect(index: number, goneMs: number | undefined): Effect {
  if (goneMs !== undefined) return { ...nothing, goneMs: [goneMs] }
  return { ...nothing, faults: [`the services of node ${index} were not out of all answers within ${settleMs / 1000} s`] }
}

function backEffect(index: number, backMs: number | undefined): Effect {
  if (backMs !== undefined) return { ...nothing, backMs: [backMs] }
  return { ...nothing, faults: [`the services of node ${index} were not in all answers within ${settleMs / 1000} s`] }
}

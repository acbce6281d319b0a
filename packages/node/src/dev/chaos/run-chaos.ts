import { type Clock, seededRandom, sleep } from '@cloudpeer/core'
import type { DevNetwork } from '../dev-network.ts'
import type { Published } from '../take-tour.ts'
import { type Asked, askOn } from './ask-on.ts'
import { type ChaosReport, chaosReport, type Done } from './chaos-report.ts'
import { History } from './history.ts'
import { type ChaosEvent, planChaos } from './plan.ts'
import { type Effect, sabotage } from './saboteur.ts'
import type { Scene } from './scene.ts'
import { healMsMax, untilHealed } from './waits.ts'
import { type WrongSuspicion, watchMembers } from './watch-members.ts'

/** What a run is made with. */
export interface ChaosInit {
  readonly network: DevNetwork
  /** All that is registered. */
  readonly published: readonly Published[]
  /** Equal seeds give the same trouble in the same order to networks of the same size. */
  readonly seed: number
  /** After this time, in ms, nothing new is begun. */
  readonly durationMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told what is done to whom. */
  readonly onProgress?: (line: string) => void
}

/** Queries under way at once. */
const askers = 3

/**
 * Brings trouble to a network, one event after the other, each after it has healed of the one before, while queries are asked and
 * compared with the truth. CANCELLED, NODE_ENDED.
 */
export async function runChaos(init: ChaosInit): Promise<ChaosReport> {
  const { clock, network, seed } = init
  const startMs = clock.now()
  const scene: Scene = { network, published: [...init.published], history: new History(), clock }
  for (const { peerId } of network.nodes) scene.history.note(peerId, 'up', startMs)
  const asked: Asked = { asked: 0, partial: 0, wrong: 0, wrongAnswers: [] }
  const suspicions: WrongSuspicion[] = []
  const nodes = network.nodes.length
  const ended = new AbortController()
  const end = (): void => ended.abort()
  init.signal.addEventListener('abort', end, { once: true })
  const watching = [
    ...Array.from({ length: askers }, (_, index) => askOn(scene, seededRandom(seed + 1 + index), asked, ended.signal)),
    watchMembers(scene, suspicions, ended.signal)
  ]
  const trouble = bringTrouble(scene, nodes, init, ended.signal)
  try {
    const done = await Promise.race([trouble, failureOf(watching)])
    return chaosReport({ seed, nodes, startMs, durationMs: clock.now() - startMs, done, asked, suspicions })
  } finally {
    end()
    init.signal.removeEventListener('abort', end)
    await Promise.allSettled([trouble, ...watching])
  }
}

/** Rejects when one of the tasks does. */
function failureOf(tasks: readonly Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    Promise.all(tasks).catch(reject)
  })
}

async function bringTrouble(
  scene: Scene,
  nodes: number,
  { clock, seed, durationMs, onProgress }: ChaosInit,
  signal: AbortSignal
): Promise<readonly Done[]> {
  const endMs = clock.now() + durationMs
  const done: Done[] = []
  for (const event of planChaos(seededRandom(seed), nodes)) {
    onProgress?.(announced(event))
    const effect = await sabotage(scene, event, signal)
    const healedMs = await untilHealed(scene, signal)
    const unhealed = healedMs === undefined ? [`the network had not healed ${healMsMax / 1000} s after: ${announced(event)}`] : []
    done.push({ ...effect, kind: event.kind, faults: [...effect.faults, ...unhealed], healedMs })
    onProgress?.(`  ${outcome(effect, healedMs)}`)
    if (clock.now() >= endMs || healedMs === undefined) break
    await sleep(clock, event.pauseMs, signal)
  }
  return done
}

const verbs = { kill: 'killing', restart: 'starting again', freeze: 'freezing', slow: 'slowing down', add: 'adding' } as const

function announced({ kind, nodes, lastsMs }: ChaosEvent): string {
  const whom = `${nodes.length === 1 ? 'node' : 'nodes'} ${nodes.join(' and ')}`
  return `${verbs[kind]} ${whom}${lastsMs > 0 ? ` for ${(lastsMs / 1000).toFixed(1)} s` : ''}`
}

function outcome({ goneMs, backMs, faults }: Effect, healedMs: number | undefined): string {
  const after = (what: string, values: readonly number[]): readonly string[] =>
    values.length === 0 ? [] : [`${what} after ${values.map((ms) => (ms / 1000).toFixed(1)).join(' and ')} s`]
  const healed = healedMs === undefined ? ['not whole again'] : after('whole again', [healedMs])
  return [...faults, ...after('out of all answers', goneMs), ...after('in all answers', backMs), ...healed].join('; ')
}

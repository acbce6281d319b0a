import { isCloudError, sleep } from '@cloudpeer/core'
import type { DevNode } from '../dev-network.ts'
import { type Scene, settledNodes } from './scene.ts'

/** A member that nothing was done to, and that another such node did not believe to be ALIVE for a while. */
export interface WrongSuspicion {
  readonly observer: number
  readonly member: number
  /** The worst that was believed. */
  state: 'SUSPECT' | 'AWAY'
  /** When it was first seen. */
  readonly fromMs: number
  /** How long it was seen; 0 if only once. */
  lastedMs: number
}

const pollMs = 400
const askTimeoutMs = 2000
/** Suspicions that are kept. */
const suspicionsMax = 1000

/** Looks again and again at what all settled nodes believe of all settled nodes, until `signal` aborts. */
export async function watchMembers(scene: Scene, found: WrongSuspicion[], signal: AbortSignal): Promise<void> {
  const open = new Map<string, WrongSuspicion>()
  while (!signal.aborted) {
    await Promise.all(settledNodes(scene).map((observer) => look(scene, observer, open, found, signal)))
    // CANCELLED ends the loop by its condition.
    await sleep(scene.clock, pollMs, signal).catch(() => {})
  }
}

async function look(
  scene: Scene,
  observer: DevNode,
  open: Map<string, WrongSuspicion>,
  found: WrongSuspicion[],
  signal: AbortSignal
): Promise<void> {
  const { clock, history, network } = scene
  const fromMs = clock.now()
  const members = await observer.client.members({}, { signal, timeoutMs: askTimeoutMs }).catch((error: unknown) => {
    // Whether nodes answer is judged by the queries.
    if (!isCloudError(error)) throw error
    return undefined
  })
  const nowMs = clock.now()
  if (members === undefined || history.presence(observer.peerId, fromMs, nowMs) !== 'there') return
  for (const { index, peerId } of network.nodes) {
    const key = `${observer.index} ${index}`
    const state = members.members.find((member) => member.peerId === peerId)?.state ?? 'AWAY'
    if (state === 'ALIVE' || history.presence(peerId, fromMs, nowMs) !== 'there') {
      open.delete(key)
      continue
    }
    const suspicion = open.get(key) ?? { observer: observer.index, member: index, state: 'SUSPECT', fromMs, lastedMs: 0 }
    if (!open.has(key) && found.length < suspicionsMax) found.push(suspicion)
    open.set(key, suspicion)
    suspicion.lastedMs = nowMs - suspicion.fromMs
    if (state !== 'SUSPECT') suspicion.state = 'AWAY'
  }
}

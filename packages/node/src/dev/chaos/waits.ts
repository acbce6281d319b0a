import { allOwnServices } from '@cloudpeer/api'
import { isCloudError, sleep } from '@cloudpeer/core'
import type { DevNode } from '../dev-network.ts'
import { settleMs } from './history.ts'
import { runningNodes, type Scene } from './scene.ts'

/** How long the network may take to have everything on all replicas again, in ms. */
export const healMsMax = 60_000

const pollMs = 100
const askTimeoutMs = 3000
/** Services of an owner that stand for all: the first, the last, and some between, as they are published in this order. */
const samples = 4

/** How long until no running node finds services of `owner`, in ms; undefined if that takes more than `limitMs`. */
export function untilGone(scene: Scene, owner: string, signal: AbortSignal, limitMs = settleMs): Promise<number | undefined> {
  return untilAll(scene, limitMs, signal, async (node) => (await findSamples(scene, node, owner, signal)).found === 0)
}

/** How long until all running nodes find the services of `owner`, in ms; undefined if that takes more than 15 s. */
export function untilBack(scene: Scene, owner: string, signal: AbortSignal): Promise<number | undefined> {
  return untilAll(scene, settleMs, signal, async (node) => {
    const { found, expected } = await findSamples(scene, node, owner, signal)
    return found === expected
  })
}

/**
 * How long until all running nodes know exactly each other, are complete in their shards, and have their services on all replicas,
 * in ms; undefined beyond {@link healMsMax}.
 */
export function untilHealed(scene: Scene, signal: AbortSignal): Promise<number | undefined> {
  return untilAll(scene, healMsMax, signal, (node) => isHealed(node, runningNodes(scene), signal))
}

async function untilAll(
  scene: Scene,
  limitMs: number,
  signal: AbortSignal,
  holds: (node: DevNode) => Promise<boolean>
): Promise<number | undefined> {
  const { clock } = scene
  const startMs = clock.now()
  const holdsNow = (node: DevNode): Promise<boolean> => {
    return holds(node).catch((error: unknown) => {
      if (!isCloudError(error) || signal.aborted) throw error
      return false
    })
  }
  for (;;) {
    const all = await Promise.all(runningNodes(scene).map(holdsNow))
    const tookMs = clock.now() - startMs
    if (tookMs > limitMs) return undefined
    if (all.every(Boolean)) return tookMs
    await sleep(clock, pollMs, signal)
  }
}

async function findSamples({ published }: Scene, { client }: DevNode, owner: string, signal: AbortSignal) {
  const names = published.filter((service) => service.owner === owner).map(({ name }) => name)
  const chosen = Array.from({ length: samples }, (_, i) => names[Math.floor((i * (names.length - 1)) / (samples - 1))])
  const { matches } = await client.query(
    { expression: `name in ${JSON.stringify([...new Set(chosen)])}` },
    { signal, timeoutMs: askTimeoutMs }
  )
  return { found: matches.filter((match) => match.owner === owner).length, expected: new Set(chosen).size }
}

async function isHealed({ client }: DevNode, running: readonly DevNode[], signal: AbortSignal): Promise<boolean> {
  const options = { signal, timeoutMs: askTimeoutMs }
  const { members } = await client.members({}, options)
  const alive = members.filter(({ state }) => state === 'ALIVE').map(({ peerId }) => peerId)
  const suspect = members.some(({ state }) => state === 'SUSPECT')
  if (suspect || alive.length !== running.length || running.some(({ peerId }) => !alive.includes(peerId))) return false
  const { shards } = await client.status({}, options)
  if (shards.ready < shards.held) return false
  const services = await allOwnServices(client, options)
  return services.every(({ acknowledged, replicas }) => acknowledged >= replicas)
}

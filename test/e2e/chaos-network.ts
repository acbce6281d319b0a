import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import {
  type Asked,
  askOn,
  type ChaosKind,
  type DevNode,
  type Effect,
  History,
  publishShares,
  type Scene,
  sabotage,
  shareOutCatalogue,
  startDevNetwork,
  untilHealed,
  type WrongSuspicion,
  watchMembers
} from '@cloudpeer/node/dev'

/** The network of a test file, asked and judged for as long as its tests run. */
export interface ChaosNetwork {
  readonly scene: Scene
  readonly asked: Asked
  node(index: number): DevNode
  /** Does one kind of trouble to nodes, waits until the network has healed, and fails unless all went right. */
  trouble(kind: ChaosKind, nodes: readonly number[], lastsMs?: number): Promise<Effect>
  /** Fails if a query was answered wrong, or a node that nothing was done to was given up, since the last time; or if nothing was asked at all. */
  assertAllRight(): void
}

/** Every so many services of the catalogue are published: enough for several pages, few enough for a busy machine. */
const everyNth = 3
const askers = 2

/** Before the tests of this file starts nodes that have registered part of the catalogue, and asks them random queries until the tests are over. */
export function useChaosNetwork(nodeCount: number): ChaosNetwork {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-e2e-'))
  const seed = Number(process.env.CLOUDPEER_SEED ?? createSystemRandom().integer(2 ** 31))
  const asked: Asked = { asked: 0, partial: 0, wrong: 0, wrongAnswers: [] }
  const suspicions: WrongSuspicion[] = []
  const ended = new AbortController()
  let scene: Scene | undefined
  let watching: readonly Promise<void>[] = []
  before(
    async () => {
      scene = await startScene(nodeCount, directory)
      const there = scene
      watching = [
        ...Array.from({ length: askers }, (_, index) => askOn(there, seededRandom(seed + index), asked, ended.signal)),
        watchMembers(there, suspicions, ended.signal)
      ]
    },
    { timeout: 90_000 }
  )
  after(async () => {
    ended.abort()
    await Promise.all(watching)
    await scene?.network.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const chaos: ChaosNetwork = {
    get scene() {
      assert.ok(scene)
      return scene
    },
    asked,
    node: (index) => chaos.scene.network.nodes[index] as DevNode,
    async trouble(kind, nodes, lastsMs = 0) {
      const effect = await sabotage(chaos.scene, { kind, nodes, lastsMs, pauseMs: 0 }, ended.signal)
      assert.deepEqual(effect.faults, [])
      assert.notEqual(await untilHealed(chaos.scene, ended.signal), undefined, 'the network has not healed')
      chaos.assertAllRight()
      return effect
    },
    assertAllRight() {
      assert.deepEqual(asked.wrongAnswers, [], `seed ${seed}`)
      assert.deepEqual(
        suspicions.filter(({ state }) => state === 'AWAY'),
        []
      )
      assert.ok(asked.asked > 0, 'nothing was asked')
      asked.asked = 0
    }
  }
  return chaos
}

async function startScene(nodeCount: number, directory: string): Promise<Scene> {
  const { signal } = new AbortController()
  const network = await startDevNetwork({ nodes: nodeCount, directory, apiPort: 0, clock: systemClock, signal })
  const shares = shareOutCatalogue(nodeCount).map((share) => share.filter((_, index) => index % everyNth === 0))
  await publishShares(network.nodes, shares, { clock: systemClock, signal })
  const published = network.nodes.flatMap(({ index, peerId }) => (shares[index] ?? []).map((service) => ({ ...service, owner: peerId })))
  const history = new History()
  for (const { peerId } of network.nodes) history.note(peerId, 'up', systemClock.now())
  return { network, published, history, clock: systemClock }
}

/** Whether a node finds exactly everything that is published, each service as it was described. */
export async function findsEverything({ client }: DevNode, { published }: Scene): Promise<boolean> {
  const found = new Map<string, unknown>()
  let after: string | undefined
  do {
    const answer = await client.query({ expression: 'has(vcpus)', limit: 1000, ...(after !== undefined && { after }) })
    if (answer.partial) return false
    for (const { name, owner, attributes } of answer.matches) found.set(`${name} ${owner}`, attributes)
    after = answer.next
  } while (after !== undefined)
  return (
    found.size === published.length &&
    published.every(({ name, owner, attributes }) => isDeepStrictEqual(found.get(`${name} ${owner}`), attributes))
  )
}

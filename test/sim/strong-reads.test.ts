import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const shardOfNames = 'name:..'

async function cloudOf(size: number, seed: number): Promise<SimulatedCloud> {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
  await cloud.grow(size)
  await cloud.time.advance(3_000)
  return cloud
}

/** The replicas of the shard of the names, in order. */
function replicasOf({ nodes }: SimulatedCloud, any: SimulatedNode): readonly SimulatedNode[] {
  const key = `cloudpeer/shard/${any.overlay.network.id}/${shardOfNames}`
  return any.overlay.responsible(key, 5).map((peer) => nodes.find((node) => node.peer === peer) as SimulatedNode)
}

function only<T>(items: readonly T[], wanted: (item: T) => boolean): T {
  const found = items.find(wanted)
  assert.ok(found !== undefined)
  return found
}

/** Registers a service that lives only in the shard of the names; returns how many replicas had it when it was acknowledged. */
async function register(cloud: SimulatedCloud, owner: SimulatedNode, port: number): Promise<number | undefined> {
  const [registration] = await cloud.time.settle(
    owner.registry.register([parseDescription({ name: 'web', attributes: { port } }, cloud.schema)])
  )
  return registration?.acknowledged
}

/** As {@link register}, while the owner cannot reach the last two replicas. */
async function registerPast(
  cloud: SimulatedCloud,
  owner: SimulatedNode,
  unreachable: readonly SimulatedNode[],
  port: number
): Promise<void> {
  for (const { peer } of unreachable) cloud.network.block(owner.peer, peer)
  assert.equal(await register(cloud, owner, port), 3)
}

async function ask(cloud: SimulatedCloud, asker: SimulatedNode, expression: string, strong: boolean) {
  return cloud.time.settle(asker.registry.query({ expression, strong }))
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`anytime_a_strong_read_finds_what_a_majority_acknowledged: seed ${seed}`, async () => {
    const cloud = await cloudOf(9, seed)
    const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
    const owner = only(cloud.nodes, (node) => !replicas.includes(node))
    const behind = replicas.slice(3)
    await registerPast(cloud, owner, behind, 1000 + seed)
    for (const asker of cloud.nodes) {
      const answer = await ask(cloud, asker, `port == ${1000 + seed}`, true)
      assert.deepEqual([answer.matches.length, answer.partial, answer.consistency], [1, false, 'strong'])
    }
    cloud.network.heal()
    await cloud.time.advance(1_000)
    for (const asker of behind)
      assert.equal((await ask(cloud, asker, `port == ${1000 + seed}`, false)).matches.length, 1, 'read repair reached it')
    await cloud.stop()
  })

  test(`anytime_a_strong_read_never_shows_what_was_superseded: seed ${seed}`, async () => {
    const cloud = await cloudOf(9, seed + 50)
    const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
    const owner = only(cloud.nodes, (node) => !replicas.includes(node))
    await register(cloud, owner, 1)
    await registerPast(cloud, owner, replicas.slice(3), 2)
    for (const asker of cloud.nodes) {
      assert.equal((await ask(cloud, asker, 'port == 1', true)).matches.length, 0)
      assert.equal((await ask(cloud, asker, 'port == 2', true)).matches.length, 1)
    }
    await cloud.stop()
  })
}

test('a strong read without a majority says which shard is missing, and still shows what it found', async () => {
  const cloud = await cloudOf(9, 7)
  const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
  const asker = only(cloud.nodes, (node) => !replicas.includes(node))
  await register(cloud, asker, 1)
  for (const { peer } of replicas.slice(0, 3)) cloud.network.freeze(peer)
  const answer = await ask(cloud, asker, 'port == 1', true)
  assert.deepEqual([answer.matches.length, answer.partial, answer.missing], [1, true, [shardOfNames]])
})

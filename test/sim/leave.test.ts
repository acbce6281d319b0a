import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

/** All nodes in the order in which they are responsible for the shard of the names. */
function inOrder({ nodes }: SimulatedCloud): readonly SimulatedNode[] {
  const { overlay } = nodes[0] as SimulatedNode
  const key = `cloudpeer/shard/${overlay.network.id}/name:..`
  return overlay.responsible(key, nodes.length).map((peer) => nodes.find((node) => node.peer === peer) as SimulatedNode)
}

async function strongly(cloud: SimulatedCloud, asker: SimulatedNode): Promise<readonly [number, boolean]> {
  const { matches, partial } = await cloud.time.settle(asker.registry.query({ expression: 'port == 1', strong: true }))
  return [matches.length, partial]
}

/** A service that only three of five replicas have, and an owner that can reach nobody but those three. */
async function acknowledgedByThree(seed: number) {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
  await cloud.grow(12)
  await cloud.time.advance(5_000)
  const order = inOrder(cloud)
  const holders = order.slice(0, 3)
  const owner = order.at(-1) as SimulatedNode
  for (const { peer } of order.slice(3)) cloud.network.block(owner.peer, peer)
  const [registration] = await cloud.time.settle(
    owner.registry.register([parseDescription({ name: 'web', attributes: { port: 1 } }, cloud.schema)])
  )
  assert.equal(registration?.acknowledged, 3)
  return { cloud, owner, holders }
}

for (const together of [false, true]) {
  for (const seed of [1, 2, 3]) {
    test(`finally_nothing_acknowledged_is_lost_when_all_who_have_it_leave: ${together ? 'at once' : 'in turn'}, seed ${seed}`, async () => {
      const { cloud, owner, holders } = await acknowledgedByThree(seed)
      if (together) await cloud.time.settle(Promise.all(holders.map((holder) => holder.stop('permanent'))))
      else for (const holder of holders) await cloud.time.settle(holder.stop('permanent'))
      const others = cloud.nodes.filter((node) => node !== owner)
      for (const asker of others) assert.deepEqual(await strongly(cloud, asker), [1, false])
      await cloud.stop()
    })
  }
}

test('a node that leaves for good says what was not handed over when time is up', async () => {
  const { cloud, holders } = await acknowledgedByThree(4)
  const leaver = holders[0] as SimulatedNode
  for (const { peer } of cloud.nodes) if (peer !== leaver.peer) cloud.network.block(leaver.peer, peer)
  const began = cloud.time.now
  const { complete, waiting } = await cloud.time.settle(leaver.registry.drain())
  assert.equal(complete, false)
  assert.ok(waiting.includes('name:..'))
  assert.ok(cloud.time.now - began <= 11_000, `${cloud.time.now - began} ms`)
  await cloud.stop()
})

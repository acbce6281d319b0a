import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { QueryAnswer } from '@cloudpeer/registry'
import { shardKey } from '@cloudpeer/registry/protocols'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

/** So many nodes that next to none keeps two shards. */
const size = 60
const services = 30
const expression = 'cores >= 8'

function replicasOf({ overlay }: SimulatedNode, attribute: string): readonly PeerId[] {
  return overlay.responsible(shardKey(overlay.network.id, { attribute }), 5)
}

/** A network with services, and one of its nodes that keeps none of the shards that are asked for. */
async function cloudWithServices(seed: number): Promise<{ readonly cloud: SimulatedCloud; readonly asker: SimulatedNode }> {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
  await cloud.grow(size)
  const first = cloud.nodes[0] as SimulatedNode
  const keepers = ['name', 'cores'].flatMap((attribute) => replicasOf(first, attribute))
  assert.equal(new Set(keepers).size, 10, 'the seed keeps the two shards at different nodes')
  const described = Array.from({ length: services }, (_, index) =>
    parseDescription({ name: `s-${index}`, attributes: { cores: index } }, cloud.schema)
  )
  await cloud.time.settle(first.registry.register(described))
  const asker = cloud.nodes.find(({ peer }) => peer !== first.peer && !keepers.includes(peer))
  assert.ok(asker)
  return { cloud, asker }
}

function ask(cloud: SimulatedCloud, { registry }: SimulatedNode, strong: boolean): Promise<QueryAnswer> {
  return cloud.time.settle(registry.query({ expression, limit: 1_000, strong, explain: true }))
}

function chosenIn({ explain }: QueryAnswer): readonly string[] {
  return (explain?.terms ?? []).flatMap(({ shards }) => shards.filter(({ chosen }) => chosen).map(({ shard }) => shard))
}

for (const strong of [false, true]) {
  test(`the shard of the names stands in for one that nobody answers for: ${strong ? 'strong' : 'default'} read`, async () => {
    const { cloud, asker } = await cloudWithServices(1)
    const before = await ask(cloud, asker, strong)
    assert.deepEqual([before.matches.length, before.partial, chosenIn(before)], [services - 8, false, ['cores:..']])
    for (const peer of replicasOf(asker, 'cores')) cloud.network.block(asker.peer, peer)
    const answer = await ask(cloud, asker, strong)
    assert.deepEqual([answer.matches.length, answer.partial, answer.missing], [services - 8, false, []])
    assert.deepEqual(chosenIn(answer), ['name:..'])
    assert.ok(
      answer.explain?.asked.some(({ shard, outcome }) => shard === 'cores:..' && outcome !== 'answered'),
      'cores was asked first'
    )
    await cloud.stop()
  })
}

test('where nobody answers for the names either, what is missing is what was asked for first', async () => {
  const { cloud, asker } = await cloudWithServices(1)
  for (const peer of ['name', 'cores'].flatMap((attribute) => replicasOf(asker, attribute))) cloud.network.block(asker.peer, peer)
  const answer = await ask(cloud, asker, true)
  assert.deepEqual([answer.matches.length, answer.partial, answer.missing], [0, true, ['cores:..']])
  await cloud.stop()
})

test('an attribute that has just come to be indexed is found by the names until its shard is complete', async () => {
  const { cloud, asker } = await cloudWithServices(1)
  const [founder] = cloud.nodes
  assert.ok(founder)
  const price = parseDescription({ name: 'priced', attributes: { price: 3 } }, cloud.schema)
  await cloud.time.settle(founder.registry.register([price]))
  const { attributes } = workloadSchema
  const schema = { version: 2, attributes: { ...attributes, price: { ...attributes.price, indexed: true } } }
  await cloud.time.settle(founder.overlay.publishSchema(schema, 2))
  while (asker.schema.version < 2) await cloud.time.advance(10)
  const { matches, partial } = await cloud.time.settle(asker.registry.query({ expression: 'price == 3.0' }))
  assert.deepEqual([matches.map(({ name }) => name), partial], [['priced'], false])
  await cloud.stop()
})

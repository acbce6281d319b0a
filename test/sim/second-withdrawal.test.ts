import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const ttlMs = 20_000

test('a service that is withdrawn for the second time is not done with when the first tombstone is forgotten', async () => {
  const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema, registry: { ttlMs } })
  const [reader, owner] = (await cloud.grow(5)) as [SimulatedNode, SimulatedNode]
  await cloud.time.advance(3_000)
  const service = parseDescription({ name: 'web', attributes: {} }, cloud.schema)
  await cloud.time.settle(owner.registry.register([service]))
  await cloud.time.settle(owner.registry.remove('web'))
  const forgottenAtMs = cloud.time.now + 2 * ttlMs
  await cloud.time.settle(owner.registry.register([service]))

  await cloud.time.runUntil(forgottenAtMs - 1_000)
  const others = cloud.nodes.flatMap(({ peer }) => (peer === owner.peer ? [] : [peer]))
  const lift = cloud.network.block(owner.peer, others)
  let settled = false
  const removed = owner.registry.remove('web').finally(() => (settled = true))
  await cloud.time.runUntil(forgottenAtMs + 1_000)
  assert.ok(!settled, 'nobody else has heard of it')

  lift()
  assert.ok(await cloud.time.settle(removed))
  const { matches, partial } = await cloud.time.settle(reader.registry.query({ expression: 'name == "web"', strong: true }))
  assert.deepEqual([matches, partial], [[], false])
  await cloud.stop()
})

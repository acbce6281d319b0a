import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const recordsMax = 10
/** A tombstone takes its service's place for twice as long. */
const ttlMs = 10_000
/** Longer than a tombstone takes room: until it expires, the next sweep, and the longest wait of a writer. */
const roomMs = 90_000

/** A registration that is refused, and how long that took, in ms. */
async function refused(cloud: SimulatedCloud, { registry }: SimulatedNode, name: string): Promise<number> {
  const began = cloud.time.now
  const service = parseDescription({ name, attributes: {} }, cloud.schema)
  await assert.rejects(cloud.time.settle(registry.register([service])), {
    code: 'QUOTA_EXCEEDED',
    fields: { limit: 'records of this node', max: recordsMax, services: 1 }
  })
  return cloud.time.now - began
}

for (const size of [1, 3]) {
  test(`a registration that most replicas have no room for fails at once, and is made later: ${size} nodes`, async () => {
    const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema, registry: { recordsMax, ttlMs } })
    await cloud.grow(size)
    await cloud.time.advance(5_000)
    const { registry } = cloud.nodes.at(-1) as SimulatedNode
    const services = Array.from({ length: recordsMax }, (_, index) =>
      parseDescription({ name: `s-${index}`, attributes: {} }, cloud.schema)
    )
    await cloud.time.settle(registry.register(services))
    const tookMs = await refused(cloud, cloud.nodes.at(-1) as SimulatedNode, 'late')
    assert.ok(tookMs < 1_000, `${tookMs} ms`)
    assert.deepEqual(
      registry
        .own()
        .filter(({ acknowledged }) => acknowledged === 0)
        .map(({ name }) => name),
      ['late']
    )
    await cloud.time.settle(registry.remove('s-0'))
    await cloud.time.advance(roomMs)
    assert.ok(registry.own().every(({ acknowledged, replicas }) => acknowledged === replicas))
    await cloud.stop()
  })
}

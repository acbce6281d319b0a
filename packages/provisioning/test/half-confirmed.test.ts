import assert from 'node:assert/strict'
import { test } from 'node:test'
import { provisioningDefaults } from '../src/options.ts'
import { cpus, createTestCloud, offering, type TestCloud } from './network.ts'

const { holdMs } = provisioningDefaults

const activeAt = ({ node }: TestCloud, index: number): number => node(index).provisioning.capacity().active

/**
 * Nodes 0 and 1 have a processor each, and 2 asks for both together. Both owners have written down its confirmation, and node 1 has crashed
 * before it could answer.
 */
async function halfConfirmed(): Promise<{ readonly cloud: TestCloud; readonly id: string }> {
  const cloud = await createTestCloud({ size: 3, capacity: (index) => (index < 2 ? offering(1_000) : undefined) })
  const { provisioning } = cloud.node(2)
  cloud.network.slow(cloud.node(1).peer, 5)
  const { id } = await cloud.time.settle(provisioning.create({ expression: 'true', amounts: cpus(1_000), count: 2, gang: true }))
  while (activeAt(cloud, 1) === 0) await cloud.time.advance(1)
  await cloud.time.advance(7)
  cloud.crash(1)
  await cloud.time.advance(500)
  assert.deepEqual(
    provisioning.request(id).units.map(({ state }) => state),
    ['active', 'held']
  )
  return { cloud, id }
}

test('a gang that is cancelled while it is half confirmed gives everything back, also what it never knew to be active', async () => {
  const { cloud, id } = await halfConfirmed()
  await cloud.time.settle(cloud.node(2).provisioning.cancel(id))
  await cloud.until(() => activeAt(cloud, 0) === 0, 1_000, 'the one is free')
  await cloud.time.advance(3 * holdMs)
  await cloud.start(1)
  assert.equal(activeAt(cloud, 1), 1, 'nobody could tell it')
  await cloud.until(() => activeAt(cloud, 1) === 0, 15_000, 'the other is free, long before its lease would have ended')
})

test('a gang of which nobody answers one confirmation gives everything back, and is granted once that owner is there again', async () => {
  const { cloud, id } = await halfConfirmed()
  await cloud.until(() => activeAt(cloud, 0) === 0, 2 * holdMs, 'no part of a gang outlasts a hold')
  assert.equal(cloud.node(2).provisioning.request(id).state, 'waiting')
  await cloud.start(1)
  await cloud.until(() => cloud.node(2).provisioning.request(id).state === 'granted', 60_000, 'it is whole again')
  assert.deepEqual([activeAt(cloud, 0), activeAt(cloud, 1)], [1, 1])
})

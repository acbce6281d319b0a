import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const ports = [4001, 4002, 4003]

/** Nine nodes, of which the last has three services. */
async function cloudWithServices(seed: number): Promise<{ cloud: SimulatedCloud; owner: SimulatedNode }> {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
  const owner = (await cloud.grow(9)).at(-1) as SimulatedNode
  await cloud.time.advance(3_000)
  const services = ports.map((port) => parseDescription({ name: `web-${port}`, attributes: { port } }, cloud.schema))
  await cloud.time.settle(owner.registry.register(services))
  return { cloud, owner }
}

/** Starts the owner again after bits of its own services have flipped; returns the ports that it has after some seconds. */
async function portsAfterDamage(cloud: SimulatedCloud, { machine }: SimulatedNode): Promise<readonly unknown[]> {
  assert.ok(machine.disk.corrupt(cloud.random, 2, 'own-services') > 0)
  const owner = await cloud.time.settle(cloud.boot(machine))
  await cloud.time.advance(10_000)
  return owner.registry.own().map(({ attributes }) => attributes.port)
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`eventually_a_damaged_service_comes_back_from_its_replicas: seed ${seed}`, async () => {
    const { cloud, owner } = await cloudWithServices(seed)
    cloud.crash(owner)
    await cloud.time.advance(1_000)
    assert.deepEqual(await portsAfterDamage(cloud, owner), ports)
    await cloud.stop()
  })
}

test('anytime_no_older_version_of_a_damaged_service_comes_back', async () => {
  const { cloud, owner } = await cloudWithServices(1)
  const others = cloud.nodes.flatMap(({ peer }) => (peer === owner.peer ? [] : [peer]))
  const lift = cloud.network.block(owner.peer, others)
  const changed = ports.map((port) => parseDescription({ name: `web-${port}`, attributes: { port: port + 1000 } }, cloud.schema))
  const registering = assert.rejects(owner.registry.register(changed))
  await cloud.time.advance(25_000)
  await cloud.time.settle(registering)
  cloud.crash(owner)
  lift()
  const found = await portsAfterDamage(cloud, owner)
  assert.deepEqual(
    found.filter((port) => ports.includes(port as number)),
    []
  )
  await cloud.stop()
})

test('anytime_a_damaged_service_that_was_removed_stays_away', async () => {
  const { cloud, owner } = await cloudWithServices(1)
  cloud.crash(owner)
  await cloud.time.advance(1_000)
  assert.ok(owner.machine.disk.corrupt(cloud.random, 2, 'own-services') > 0)
  const again = await cloud.time.settle(cloud.boot(owner.machine))
  const removed = Promise.all(ports.map((port) => again.registry.remove(`web-${port}`)))
  assert.deepEqual(await cloud.time.settle(removed), [true, true, true])
  await cloud.time.advance(10_000)
  assert.deepEqual(again.registry.own(), [])
  const found = await cloud.time.settle(again.registry.query({ expression: 'port > 0' }))
  assert.deepEqual(found.matches, [])
  await cloud.stop()
})

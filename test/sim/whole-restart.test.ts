import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const nodes = 9
const servicesPerNode = 20
/** Nodes start within this time, in ms. */
const startedWithinMs = 1_000
/** From the start of the last node until every node finds everything, in ms. */
const backWithinMs = 3_000

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`eventually_a_network_that_was_stopped_and_started_again_has_everything_back: seed ${seed}`, async () => {
    const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
    const before = await cloud.grow(nodes)
    await cloud.time.settle(Promise.all(before.map((node) => register(cloud, node))))
    for (const node of before.slice(2, 4)) cloud.crash(node)
    await cloud.time.advance(15_000)
    await cloud.time.settle(Promise.all([...cloud.nodes].map((node) => node.stop('temporary'))))
    const booted = await cloud.time.settle(Promise.all(before.map(({ machine }) => bootSometime(cloud, machine))))
    const startedMs = cloud.time.now
    while (!booted.every(isReady) && cloud.time.now - startedMs < backWithinMs) await cloud.time.advance(50)
    const answers = await cloud.time.settle(
      Promise.all(booted.map(({ registry }) => registry.query({ expression: 'name >= ""', limit: 1000 })))
    )
    assert.deepEqual(
      answers.map(({ matches, partial }) => [matches.length, partial]),
      booted.map(() => [nodes * servicesPerNode, false])
    )
    assert.ok(cloud.time.now - startedMs < backWithinMs, `${cloud.time.now - startedMs} ms`)
    await cloud.time.advance(30_000)
    for (const { metrics } of booted) {
      const exchanges = metrics.sum('cloudpeer_transport_messages_total', { protocol: '/cloudpeer/overlay/sync/1', direction: 'sent' })
      assert.ok(exchanges < 50, `${exchanges} messages to exchange tables`)
    }
    await cloud.stop()
  })
}

async function register(cloud: SimulatedCloud, { machine, registry }: SimulatedNode): Promise<void> {
  const names = Array.from({ length: servicesPerNode }, (_, index) => `s${machine.number}-${index}`)
  await registry.register(names.map((name) => parseDescription({ name, attributes: {} }, cloud.schema)))
}

/** Starts a node on a machine again, which looks for the others where it met them before. */
async function bootSometime(cloud: SimulatedCloud, machine: SimulatedNode['machine']): Promise<SimulatedNode> {
  await sleep(cloud.time.clock, startedWithinMs * cloud.random.next())
  return cloud.boot(machine, [])
}

/** Whether a node knows all others, and has what it answers for. */
function isReady({ overlay, registry }: SimulatedNode): boolean {
  const { held, ready } = registry.status().shards
  return overlay.servers().length === nodes && held === ready
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Log, silentLog } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

/** More writes, one after the other, than a replica takes of one peer at once: 1,000, and 500 a second. */
const services = 1_500
/** A way so short that they come faster. */
const latencyMs = 0.1

test('finally_nothing_is_lost_of_what_an_owner_writes_faster_than_replicas_take_it', async () => {
  const busy: number[] = []
  const log: Log = {
    ...silentLog,
    debug(_, fields) {
      if (fields?.code === 'BUSY') busy.push(Number(fields.retryAfterMs))
    }
  }
  const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema, latencyMs: () => latencyMs, log: () => log, passes: 'values' })
  await cloud.grow(3)
  await cloud.time.advance(5_000)
  const [, owner, asker] = cloud.nodes as [SimulatedNode, SimulatedNode, SimulatedNode]
  for (let index = 0; index < services; index++) {
    const service = parseDescription({ name: `s-${index}`, attributes: { port: index } }, cloud.schema)
    await cloud.time.settle(owner.registry.register([service]))
  }
  assert.ok(busy.length > 0 && busy.every((retryAfterMs) => retryAfterMs > 0), 'replicas were never busy')
  await cloud.time.advance(30_000)
  assert.ok(owner.registry.own().every(({ acknowledged, replicas }) => acknowledged === replicas))
  const { matches, more } = await cloud.time.settle(
    asker.registry.query({ expression: `port >= ${services - 1_000}`, limit: 1_000, strong: true })
  )
  assert.deepEqual([matches.length, more, owner.registry.own().length], [1_000, false, services])
  await cloud.stop()
})

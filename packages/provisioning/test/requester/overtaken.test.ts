import assert from 'node:assert/strict'
import { test } from 'node:test'
import { submitProtocol } from '../../src/protocols/match.ts'
import { cpus, createTestCloud } from '../network.ts'
import '../../src/errors.ts'

test('a process whose words count as old ones says so, until they are taken again', async () => {
  const cloud = await createTestCloud({ size: 3 })
  const { provisioning, transport } = cloud.node(1)
  const codes = () =>
    cloud
      .node(1)
      .provisioning.problems()
      .map(({ code }) => code)
  await cloud.time.settle(transport.request(cloud.node(0).peer, submitProtocol, { requests: [], withdrawn: [], epoch: 2, seq: 1 }))
  assert.deepEqual(codes(), [], 'nobody has told it yet')
  const { id } = await cloud.time.settle(provisioning.create({ expression: 'true', amounts: cpus(1_000) }))
  await cloud.time.advance(10_000)
  assert.deepEqual([codes(), provisioning.request(id).acknowledged], [['OVERTAKEN'], 2])
  assert.match(String(provisioning.problems()[0]?.message), /another process has its key/)
  await cloud.stop(1)
  await cloud.start(1)
  await cloud.time.advance(10_000)
  assert.deepEqual([codes(), cloud.node(1).provisioning.request(id).acknowledged], [[], 3])
})

test('what nobody is told of any more is no problem', async () => {
  const cloud = await createTestCloud({ size: 2 })
  const { provisioning, transport } = cloud.node(1)
  await cloud.time.settle(transport.request(cloud.node(0).peer, submitProtocol, { requests: [], withdrawn: [], epoch: 9, seq: 1 }))
  const { id } = await cloud.time.settle(provisioning.create({ expression: 'true', amounts: cpus(1_000) }))
  await cloud.time.advance(1_000)
  await cloud.time.settle(provisioning.cancel(id))
  assert.equal(provisioning.problems().length, 1)
  await cloud.time.advance(60_000)
  assert.deepEqual(provisioning.problems(), [])
})

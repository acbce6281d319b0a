import assert from 'node:assert/strict'
import { test } from 'node:test'
import { submitProtocol } from '../src/protocols/match.ts'
import { cpus, createTestCloud, offering } from './network.ts'

test('3,000 requests at one cell wait with back-pressure, and none is lost', async () => {
  const nodes = 30
  const perNode = 100
  const { time, node } = await createTestCloud({ size: nodes, options: { waitingMax: 1_000 } })
  const created = Array.from({ length: nodes }, (_, index) =>
    Array.from({ length: perNode }, () => node(index).provisioning.create({ expression: 'true', amounts: cpus(1_000), durationMs: 5_000 }))
  ).flat()
  const requests = await time.settle(Promise.all(created))
  assert.equal(requests.length, nodes * perNode)
  const waiting = (): number => Math.max(...Array.from({ length: nodes }, (_, index) => node(index).provisioning.status().matcher.waiting))
  assert.equal(waiting(), 1_000, 'a matcher keeps as many as it may; the others are told so')
  for (let index = 0; index < nodes; index++) await time.settle(node(index).provisioning.setCapacity(offering(50_000)))
  const open = (): number =>
    Array.from({ length: nodes }, (_, index) => node(index).provisioning.status().requests).reduce((sum, each) => sum + each)
  for (let steps = 0; open() > 0 && steps < 60; steps++) await time.advance(5_000)
  const states = new Set(
    Array.from({ length: nodes }, (_, index) =>
      node(index)
        .provisioning.requests()
        .map(({ state }) => state)
    ).flat()
  )
  assert.deepEqual([...states], ['ended'])
})

test('requests that a matcher has no room for cost few messages, say why they wait, and get in when there is room', async () => {
  const { time, node } = await createTestCloud({ size: 2, options: { waitingPerRequesterMax: 64 } })
  const { provisioning, metrics } = node(1)
  const create = () => provisioning.create({ expression: 'true', amounts: cpus(1_000) })
  const created = await time.settle(Promise.all(Array.from({ length: 320 }, create)))
  const refused = () => provisioning.requests().filter((request) => request.refused === 'QUEUE_FULL').length
  const told = () => metrics.sum('cloudpeer_transport_messages_total', { protocol: submitProtocol.id, direction: 'sent' })
  assert.equal(refused(), 256)
  const before = told()
  await time.advance(60_000)
  assert.ok(told() > 0 && told() - before <= 200, `${told() - before} messages in a minute`)
  assert.equal(refused(), 256)
  const accepted = created.filter(({ id }) => provisioning.request(id).acknowledged > 0)
  for (const { id } of accepted) await time.settle(provisioning.cancel(id))
  await time.advance(10_000)
  assert.equal(refused(), 192)
})

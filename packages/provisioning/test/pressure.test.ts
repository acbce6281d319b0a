import assert from 'node:assert/strict'
import { test } from 'node:test'
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

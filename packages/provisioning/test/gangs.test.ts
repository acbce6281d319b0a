import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestSpec } from '../src/provisioning.ts'
import { cpus, createTestCloud, offering } from './network.ts'

const gang = (count: number): RequestSpec => ({ expression: 'true', amounts: cpus(1_000), count, gang: true })

test('a gang gets all of its units or none', async () => {
  const { time, node } = await createTestCloud({ size: 4, capacity: (index) => (index === 0 || index === 1 ? offering(2_000) : undefined) })
  const requester = node(3).provisioning
  const { id } = await time.settle(requester.create(gang(5)))
  await time.advance(30_000)
  assert.deepEqual(
    requester.request(id).units.map(({ state }) => state),
    Array.from({ length: 5 }, () => 'wanted')
  )
  await time.settle(node(2).provisioning.setCapacity(offering(1_000)))
  assert.equal((await time.settle(requester.until(id, 10_000))).state, 'granted')
  assert.equal(requester.leases().length, 5)
})

test('a gang that loses an owner gives all back, and gets all again elsewhere', async () => {
  const { time, node, crash, until } = await createTestCloud({ size: 6, capacity: (index) => (index < 4 ? offering(1_000) : undefined) })
  const requester = node(5).provisioning
  const { id } = await time.settle(requester.create(gang(3)))
  assert.equal((await time.settle(requester.until(id, 10_000))).state, 'granted')
  const lost = requester.leases()[0]?.lease.owner
  crash([0, 1, 2, 3].find((index) => node(index).peer === lost) ?? 0)
  await until(() => requester.request(id).state === 'waiting', 120_000, 'the loss is seen')
  assert.equal((await time.settle(requester.until(id, 60_000))).state, 'granted')
  const owners = requester.leases().map(({ lease }) => lease.owner)
  assert.equal(owners.length, 3)
  assert.ok(lost !== undefined && !owners.includes(lost))
})

test('eventually_gangs_are_whole: gangs that want the same owners take turns', async () => {
  const { time, node } = await createTestCloud({ size: 5, capacity: () => offering(1_000) })
  const asked: [number, string][] = []
  for (const index of [1, 2, 3, 4])
    asked.push([index, (await time.settle(node(index).provisioning.create({ ...gang(4), durationMs: 20_000 }))).id])
  for (const [index, id] of asked) {
    const { state } = await time.settle(node(index).provisioning.until(id, 200_000))
    assert.ok(state === 'granted' || state === 'ended', `${index}: ${state}`)
    assert.ok(
      asked.filter(([other, otherId]) =>
        node(other)
          .provisioning.request(otherId)
          .units.some((unit) => unit.state === 'active')
      ).length <= 1,
      'four of five owners are one gang'
    )
  }
})

test('single requests pass a gang that waits only where they do not delay it', async () => {
  const { time, node } = await createTestCloud({ size: 4, capacity: (index) => (index < 2 ? offering(1_000) : undefined) })
  const requester = node(3).provisioning
  const running = await time.settle(requester.create({ expression: 'true', amounts: cpus(1_000), durationMs: 60_000 }))
  await time.settle(requester.until(running.id, 5_000))
  const waiting = await time.settle(requester.create(gang(2)))
  await time.advance(5_000)
  const short = await time.settle(requester.create({ expression: 'true', amounts: cpus(1_000), durationMs: 20_000 }))
  const long = await time.settle(requester.create({ expression: 'true', amounts: cpus(1_000), durationMs: 600_000 }))
  assert.equal((await time.settle(requester.until(short.id, 5_000))).state, 'granted')
  assert.equal((await time.settle(requester.until(waiting.id, 70_000))).state, 'granted')
  assert.equal(requester.request(long.id).state, 'waiting')
})

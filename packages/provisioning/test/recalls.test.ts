import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, present } from '@cloudpeer/core'
import { cpus, createTestCloud, offering, type TestCloud } from './network.ts'

const small = { expression: 'true', amounts: cpus(1_000) }

function indexOf({ node }: TestCloud, peer: PeerId | undefined): number {
  return present(
    [0, 1, 2, 3].find((index) => node(index).peer === peer),
    'an owner'
  )
}

test('a lease that its owner ends is replaced before it has ended, and given back then', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index < 2 ? offering(1_000) : undefined) })
  const { time, node, until } = cloud
  const requester = node(3).provisioning
  const { id } = await time.settle(requester.create(small))
  await time.settle(requester.until(id, 1_000))
  const [lease] = requester.leases()
  const owner = node(indexOf(cloud, lease?.lease.owner)).provisioning
  await time.settle(owner.drain({ endLeases: true }))
  await until(() => requester.request(id).state === 'granted' && requester.leases()[0]?.id !== lease?.id, 2_000, 'another lease')
  await until(() => owner.leases().length === 0, 1_000, 'the first is given back')
  assert.deepEqual([owner.capacity().state, owner.capacity().free.cpuMilli, requester.leases().length], ['draining', 1_000, 1])
})

test('a lease that its owner ends goes on to its end where there is no other', async () => {
  const { time, node, until } = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const [owner, requester] = [node(0).provisioning, node(2).provisioning]
  const { id } = await time.settle(requester.create(small))
  await time.settle(requester.until(id, 1_000))
  await time.settle(owner.drain())
  const { id: lease = '' } = requester.leases()[0] ?? {}
  const leftMs = await time.settle(owner.endLease(lease))
  await time.advance(1_000)
  assert.deepEqual(requester.request(id).units, [{ unit: 0, state: 'recalled', lease }])
  assert.equal(requester.leases()[0]?.state, 'recalled')
  assert.deepEqual([owner.capacity().active, owner.capacity().recalled], [0, 1])
  await assert.rejects(time.settle(requester.renew(lease)), { code: 'LEASE_RECALLED' })
  await assert.rejects(time.settle(requester.endLease(lease)), { code: 'NOT_OWNER' })
  const freeAfterMs = await until(() => owner.leases().length === 0, leftMs, 'it has ended')
  assert.ok(freeAfterMs > 0.7 * leftMs, `after ${freeAfterMs} of ${leftMs} ms`)
  assert.deepEqual([requester.request(id).state, requester.leases()], ['waiting', []])
})

test('a gang keeps its other leases while one is replaced that its owner ends', async () => {
  const cloud = await createTestCloud({ size: 5, capacity: (index) => (index < 4 ? offering(1_000) : undefined) })
  const { time, node, until } = cloud
  const requester = node(4).provisioning
  const { id } = await time.settle(requester.create({ ...small, count: 3, gang: true }))
  await time.settle(requester.until(id, 10_000))
  const before = requester.leases().map((lease) => lease.id)
  const [ended = ''] = before
  await time.settle(node(indexOf(cloud, ended.split('.')[0] as PeerId)).provisioning.drain({ endLeases: true }))
  await until(
    () => requester.request(id).state === 'granted' && !requester.leases().some((lease) => lease.id === ended),
    20_000,
    'whole again'
  )
  const after = requester.leases().map((lease) => lease.id)
  assert.deepEqual(
    before.slice(1).filter((lease) => !after.includes(lease)),
    []
  )
})

test('a requester that starts anew finds out what was called back meanwhile', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index < 2 ? offering(1_000) : undefined) })
  const { time, node, until, crash, start } = cloud
  const { id } = await time.settle(node(3).provisioning.create(small))
  await time.settle(node(3).provisioning.until(id, 1_000))
  const [lease] = node(3).provisioning.leases()
  const owner = node(indexOf(cloud, lease?.lease.owner)).provisioning
  crash(3)
  await time.settle(owner.drain({ endLeases: true }))
  await start(3)
  await until(() => node(3).provisioning.request(id).state === 'granted', 20_000, 'another lease')
  assert.notEqual(node(3).provisioning.leases()[0]?.id, lease?.id)
  await until(() => owner.leases().length === 0, 1_000, 'the first is given back')
})

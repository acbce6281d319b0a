import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHashVerifier } from '@cloudpeer/core/identity'
import { provisioningDefaults } from '../src/options.ts'
import type { RequestSpec } from '../src/provisioning.ts'
import { cpus, createTestCloud, offering, type TestCloud } from './network.ts'

const { holdMs, leaseMs } = provisioningDefaults
const small: RequestSpec = { expression: 'true', amounts: cpus(1_000) }

async function grantedTo(cloud: TestCloud, index: number, spec: RequestSpec = small): Promise<string> {
  const { provisioning } = cloud.node(index)
  const { id } = await cloud.time.settle(provisioning.create(spec))
  assert.equal((await cloud.time.settle(provisioning.until(id, 5_000))).state, 'granted')
  return id
}

test('eventually_dead_requesters_hold_nothing: within a hold and a lease all is free', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index === 0 ? offering(3_000) : undefined) })
  await grantedTo(cloud, 3, { ...small, count: 3 })
  await cloud.time.advance(45_000)
  cloud.crash(3)
  const owner = cloud.node(0).provisioning
  const tookMs = await cloud.until(() => owner.capacity().free.cpuMilli === 3_000, holdMs + leaseMs, 'everything is free')
  assert.ok(tookMs > 0)
})

test('a requester that restarts keeps its leases and goes on waiting', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const held = await grantedTo(cloud, 3)
  const waiting = (await cloud.time.settle(cloud.node(3).provisioning.create({ ...small, priority: 7 }))).id
  const lease = cloud.node(3).provisioning.leases()[0]?.id
  cloud.crash(3)
  await cloud.time.advance(20_000)
  const { provisioning } = await cloud.start(3)
  assert.equal(provisioning.leases()[0]?.leftMs, 0, 'nothing is believed before its owner has spoken')
  await cloud.time.advance(10_000)
  assert.deepEqual([provisioning.request(held).state, provisioning.leases()[0]?.id], ['granted', lease])
  assert.equal(provisioning.request(waiting).priority, 7)
  await cloud.time.advance(3 * leaseMs)
  assert.equal(cloud.node(0).provisioning.capacity().active, 1)
  await cloud.time.settle(cloud.node(1).provisioning.setCapacity(offering(1_000)))
  assert.equal((await cloud.time.settle(provisioning.until(waiting, 5_000))).state, 'granted')
})

test('an owner that restarts with its ledger keeps every lease', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index === 3 ? offering(1_000) : undefined) })
  const id = await grantedTo(cloud, 1)
  const [before] = cloud.node(1).provisioning.leases()
  cloud.crash(3)
  await cloud.time.advance(5_000)
  const { provisioning } = await cloud.start(3)
  assert.deepEqual([provisioning.capacity().active, provisioning.capacity().free.cpuMilli], [1, 0])
  await cloud.time.advance(3 * leaseMs)
  assert.deepEqual([cloud.node(1).provisioning.request(id).state, cloud.node(1).provisioning.leases()[0]?.id], ['granted', before?.id])
})

test('an owner that lost its ledger grants nothing until all that it may have granted has ended', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index === 3 ? offering(1_000) : undefined) })
  const lost = await grantedTo(cloud, 1)
  await cloud.time.advance(1_000)
  cloud.crash(3)
  const { provisioning } = await cloud.start(3, { erased: true })
  const startedAt = cloud.time.now
  assert.equal(provisioning.capacity().state, 'quarantined')
  await cloud.until(
    () => cloud.node(1).provisioning.request(lost).state === 'waiting',
    leaseMs,
    'the requester knows that its lease is lost'
  )
  await cloud.until(() => cloud.node(1).provisioning.request(lost).state === 'granted', 3 * leaseMs, 'it is granted anew')
  assert.ok(cloud.time.now - startedAt >= leaseMs + holdMs, `after ${cloud.time.now - startedAt} ms`)
})

test('when the matcher that acts dies the next one acts', async () => {
  const cloud = await createTestCloud({ size: 6 })
  const requester = cloud.node(1).provisioning
  const { id, cells } = await cloud.time.settle(requester.create(small))
  assert.deepEqual(cells, ['.'])
  const key = `cloudpeer/cell/${cloud.node(0).overlay.network.id}/.`
  const acting = cloud
    .node(0)
    .overlay.responsible(key, 3)
    .find((peer) => peer !== cloud.node(1).peer)
  const index = [0, 1, 2, 3, 4, 5].find((each) => cloud.node(each).peer === acting) ?? 0
  cloud.crash(index)
  const owner = index === 5 ? 4 : 5
  await cloud.time.settle(cloud.node(owner).provisioning.setCapacity(offering(1_000)))
  assert.equal((await cloud.time.settle(requester.until(id, 20_000))).state, 'granted')
})

test('an owner that is cut off keeps its promise, and the requester asks others once it must not rely on it any more', async () => {
  const cloud = await createTestCloud({ size: 4, capacity: (index) => (index === 3 ? offering(1_000) : undefined) })
  const id = await grantedTo(cloud, 1)
  cloud.network.partition(
    [cloud.node(3).peer],
    [0, 1, 2].map((index) => cloud.node(index).peer)
  )
  await cloud.time.settle(cloud.node(2).provisioning.setCapacity(offering(1_000)))
  await cloud.time.advance(30_000)
  assert.equal(cloud.node(1).provisioning.leases()[0]?.lease.owner, cloud.node(3).peer)
  await cloud.until(
    () => cloud.node(1).provisioning.leases()[0]?.lease.owner === cloud.node(2).peer,
    leaseMs,
    'another owner takes its place'
  )
  await cloud.time.advance(leaseMs)
  assert.equal(cloud.node(3).provisioning.capacity().active, 0, 'nobody renewed it')
  assert.equal(cloud.node(1).provisioning.request(id).state, 'granted')
})

test('any third party can check a lease', async () => {
  const cloud = await createTestCloud({ size: 2, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  await grantedTo(cloud, 1)
  const [status] = cloud.node(1).provisioning.leases()
  const [bytes, signature] = status?.signed ?? [new Uint8Array(), new Uint8Array()]
  const domain = `cloudpeer/lease/v1/${cloud.node(0).overlay.network.id}`
  assert.ok(createHashVerifier().verify(cloud.node(0).peer, domain, bytes, signature))
  assert.ok(!createHashVerifier().verify(cloud.node(1).peer, domain, bytes, signature))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import type { Lease } from '../../src/documents/lease.ts'
import { recallProtocol } from '../../src/protocols/grant.ts'
import { cpu } from '../ledger/wishes.ts'
import { active, createWorld, granted, options } from './owner-world.ts'

test('a lease that is called back is not renewed, and free no sooner than its requester was told', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const told: unknown[] = []
  client.transport.serve(recallProtocol, ({ fences }) => {
    told.push(...fences)
    return {}
  })
  const fence = await active(client)
  const id = `${world.peer}.${fence.epoch}.${fence.seq}`
  await world.time.advance(10_000)
  const leftMs = await world.time.settle(owner.recalls.one(id))
  assert.ok(leftMs <= options.leaseMs - 10_000 && leftMs > options.leaseMs - 10_100, `${leftMs} ms`)
  await world.time.advance(100)
  assert.deepEqual(told, [fence])
  assert.deepEqual(await client.renew(fence), ['LEASE_RECALLED'])
  const [{ state, recalledMs = 0 } = {}] = owner.leases()
  assert.ok(state === 'recalled' && recalledMs >= 100, `${state} for ${recalledMs} ms`)
  await world.time.advance(leftMs - 1_000)
  assert.deepEqual([owner.capacity().free, (await world.time.settle(owner.recalls.one(id))) <= 1_000], [cpu(1000), true])
  await world.time.advance(1_000)
  assert.deepEqual([owner.capacity().free, client.revoked], [cpu(2000), [fence]])
})

test('a requester that gives back what was called back frees it at once', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const fence = await active(client)
  await world.time.settle(owner.recalls.all())
  assert.deepEqual(await client.release(fence), ['RELEASED'])
  assert.deepEqual(owner.capacity().free, cpu(2000))
})

test('a restart does not forget what was called back', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const fence = await active(client)
  await world.time.settle(owner.recalls.all())
  await world.time.advance(2_000)
  await world.crash()
  const again = await world.start()
  assert.deepEqual(await client.renew(fence), ['LEASE_RECALLED'])
  const [{ state, recalledMs = 0 } = {}] = again.leases()
  assert.ok(state === 'recalled' && recalledMs >= 2_000, `${state} for ${recalledMs} ms`)
  await world.time.advance(options.leaseMs)
  assert.deepEqual(again.leases(), [])
})

test('the unit of a lease that was called back can have another one, of the same owner too', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const request = client.request()
  await client.propose(request)
  const [first] = client.granted as [Lease]
  await client.confirm(first.fence)
  await world.time.settle(owner.recalls.all())
  assert.deepEqual((await client.propose(request)).granted, [0])
  const second = client.granted.at(-1) as Lease
  assert.ok(second.fence.seq > first.fence.seq)
  assert.deepEqual(await client.release(first.fence), ['RELEASED'])
  const [confirmed] = (await client.confirm(second.fence)) as Lease[]
  assert.equal(confirmed?.state, 'active')
  await world.crash()
  await world.start()
  const [renewed] = (await client.renew(second.fence)) as Lease[]
  assert.equal(renewed?.state, 'active', 'two leases of one unit are no contradiction where one was called back')
})

test('a hold that is called back has ended, and its requester is not blamed for it', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const { fence } = await granted(client)
  assert.equal(await world.time.settle(owner.recalls.one(`${world.peer}.${fence.epoch}.${fence.seq}`)), 0)
  await world.time.advance(100)
  assert.deepEqual([client.revoked, owner.capacity().free], [[fence], cpu(2000)])
  assert.deepEqual(await client.confirm(fence), ['LEASE_LATE'])
  assert.equal((await client.propose(client.request())).pauseMs, undefined)
})

test('what is no lease of this owner is not called back', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const { epoch, seq } = await active(client)
  const ended = await active(client)
  await client.release(ended)
  for (const [id, code] of [
    [`${world.peer}.${epoch}.${seq + 7}`, 'LEASE_UNKNOWN'],
    [`${world.peer}.${epoch + 1}.${seq}`, 'LEASE_UNKNOWN'],
    [`${world.peer}.${ended.epoch}.${ended.seq}`, 'LEASE_UNKNOWN'],
    [`${client.peer}.${epoch}.${seq}`, 'NOT_OWNER'],
    ['', 'LEASE_UNKNOWN'],
    ['.1.1', 'LEASE_UNKNOWN'],
    [`${world.peer}.1`, 'LEASE_UNKNOWN'],
    [`${world.peer}.-1.1e3`, 'LEASE_UNKNOWN'],
    [`${world.peer}.${epoch}.${'9'.repeat(40)}`, 'LEASE_UNKNOWN'],
    [`${world.peer}.${epoch}.${seq} `, 'LEASE_UNKNOWN']
  ] as const)
    await assert.rejects(world.time.settle(owner.recalls.one(id)), (error) => isCloudError(error, code), id)
  assert.equal(owner.leases()[0]?.state, 'active')
})

test('what cannot be written down is not called back', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const fence = await active(client)
  world.disk.fill(true)
  const many = Array.from({ length: 19 }, () =>
    client.propose(client.request({ amounts: { cpuMilli: 0, memoryMib: 0, diskMib: 0, others: {} } }))
  )
  await world.time.settle(Promise.allSettled(many))
  world.disk.fill(false)
  assert.equal(owner.state, 'read-only')
  await assert.rejects(world.time.settle(owner.recalls.all()), (error) => isCloudError(error, 'LEDGER_READ_ONLY'))
  const [renewed] = (await client.renew(fence)) as Lease[]
  assert.equal(renewed?.state, 'active')
})

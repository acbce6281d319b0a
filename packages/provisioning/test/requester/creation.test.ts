import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import type { Provisioning, RequestSpec } from '../../src/provisioning.ts'
import { cpus, createTestCloud, offering, type TestCloud } from '../network.ts'

const keyed: RequestSpec = { expression: 'true', amounts: cpus(1_000), idempotencyKey: 'order 66' }

const createOn = (cloud: TestCloud, index: number, change: Partial<RequestSpec> = {}) =>
  cloud.time.settle(cloud.node(index).provisioning.create({ ...keyed, ...change }))

const idsOf = (provisioning: Provisioning) => provisioning.requests().map(({ id }) => id)

test('a request sent again with its key is the one that is there, also after a restart, a grant, and its end', async () => {
  const cloud = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const first = await createOn(cloud, 1)
  assert.deepEqual([first.repeated, first.idempotencyKey], [false, keyed.idempotencyKey])
  const again = await createOn(cloud, 1, { count: 1, priority: 4 })
  assert.deepEqual([again.id, again.repeated], [first.id, true], 'what is left out is what it stands for')
  await cloud.stop(1)
  await cloud.start(1)
  const { provisioning } = cloud.node(1)
  assert.equal((await cloud.time.settle(provisioning.until(first.id, 60_000))).state, 'granted')
  const granted = await createOn(cloud, 1)
  assert.deepEqual([granted.id, granted.state, granted.repeated], [first.id, 'granted', true])
  assert.equal(cloud.node(0).provisioning.capacity().active, 1)
  await cloud.time.settle(provisioning.cancel(first.id))
  assert.equal((await createOn(cloud, 1)).state, 'cancelled')
})

test('a key lasts as long as its request is remembered', async () => {
  const cloud = await createTestCloud({ size: 1 })
  const { provisioning } = cloud.node(0)
  const { id } = await createOn(cloud, 0)
  await cloud.time.settle(provisioning.cancel(id))
  await cloud.time.advance(3_599_000)
  assert.equal((await createOn(cloud, 0)).id, id)
  await cloud.time.advance(2_000)
  assert.deepEqual(idsOf(provisioning), [])
  assert.equal((await createOn(cloud, 0)).repeated, false)
})

test('a key that belongs to another request is refused, at this node alone', async () => {
  const cloud = await createTestCloud({ size: 2 })
  const { id } = await createOn(cloud, 0)
  for (const change of [{ amounts: cpus(2_000) }, { expression: 'true && true' }, { count: 2 }, { durationMs: 1_000 }])
    await assert.rejects(
      createOn(cloud, 0, change),
      (error) => isCloudError(error, 'IDEMPOTENCY_KEY_REUSED') && error.fields.request === id && error.fields.key === 'order 66'
    )
  assert.deepEqual(idsOf(cloud.node(0).provisioning), [id])
  assert.notEqual((await createOn(cloud, 0, { idempotencyKey: 'order 67', count: 2 })).id, id)
  assert.equal((await createOn(cloud, 1, { count: 2 })).repeated, false)
})

test('twins that come while the first is being written are one request, and are answered once it is on disk', async () => {
  const cloud = await createTestCloud({ size: 2 })
  const { provisioning } = cloud.node(1)
  const twins = await cloud.time.settle(Promise.all([1, 2, 3].map(() => provisioning.create(keyed))))
  assert.deepEqual(
    twins.map(({ repeated }) => repeated),
    [false, true, true]
  )
  assert.deepEqual([...new Set(twins.map(({ id }) => id))], idsOf(provisioning))
  assert.ok(
    twins.every(({ acknowledged }) => acknowledged > 0),
    'each waits for the matchers'
  )
  cloud.crash(1)
  await cloud.start(1)
  assert.equal((await createOn(cloud, 1)).repeated, true)
})

test('where the first cannot be written its twins are refused with it, and the key is free', async () => {
  const cloud = await createTestCloud({ size: 1, options: { requestsMax: 1 } })
  const { provisioning } = cloud.node(0)
  cloud.fillDisk(0, true)
  const twins = await cloud.time.settle(Promise.allSettled([1, 2].map(() => provisioning.create(keyed))))
  assert.ok(twins.every((twin) => twin.status === 'rejected' && isCloudError(twin.reason, 'STORE_FULL')))
  assert.deepEqual(idsOf(provisioning), [])
  cloud.fillDisk(0, false)
  const { id } = await createOn(cloud, 0, { count: 2 })
  assert.deepEqual([(await createOn(cloud, 0, { count: 2 })).id, idsOf(provisioning)], [id, [id]], 'one that is there needs no room')
})

test('a bad key is refused by its name', async () => {
  const cloud = await createTestCloud({ size: 1 })
  for (const idempotencyKey of ['', 'x'.repeat(65), 'line\nbreak', 'ümlaut', 7 as unknown as string])
    await assert.rejects(
      createOn(cloud, 0, { idempotencyKey }),
      (error) => isCloudError(error, 'INVALID') && error.fields.field === 'idempotencyKey'
    )
  assert.equal((await createOn(cloud, 0, { idempotencyKey: `~ "\\${'x'.repeat(60)}` })).state, 'waiting')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError, seededRandom } from '@cloudpeer/core'
import type { RequestSpec } from '../src/provisioning.ts'
import { cpus, createTestCloud, offering } from './network.ts'

const small: RequestSpec = { expression: 'true', amounts: cpus(1_000) }

test('with free capacity a signed grant is there after one and a half round trips, and the lease is active after one more', async () => {
  const { time, node, network } = await createTestCloud({ size: 4, capacity: (index) => (index === 3 ? offering(2_000) : undefined) })
  // Whoever is matcher or owner itself saves its messages: the slowest way is what counts.
  const requester = node(1).provisioning
  const startedAt = time.now
  let heldAfter: number | undefined
  const created = requester.create(small)
  for (let ms = 0; ms < 200 && heldAfter === undefined; ms++) {
    await time.advance(1)
    if (requester.requests()[0]?.units[0]?.state === 'held') heldAfter = time.now - startedAt
  }
  const { id } = await time.settle(created)
  const granted = await time.settle(requester.until(id, 1_000))
  assert.equal(granted.state, 'granted')
  assert.ok(heldAfter !== undefined && heldAfter <= 32, `three ways of 10 ms and a commit, not ${heldAfter} ms`)
  assert.ok(granted.waitedMs <= 55, `${granted.waitedMs} ms`)
  const [lease] = requester.leases()
  assert.equal(lease?.lease.owner, node(3).peer)
  assert.ok((lease?.leftMs ?? 0) > 50_000)
  assert.equal(node(3).provisioning.capacity().free.cpuMilli, 1_000)
  assert.ok(network.deliveries > 0)
})

test('a node is owner, matcher and requester at once', async () => {
  const { time, node } = await createTestCloud({ size: 1, capacity: () => offering(1_000) })
  const { id } = await time.settle(node(0).provisioning.create(small))
  assert.equal((await time.settle(node(0).provisioning.until(id, 1_000))).state, 'granted')
  assert.deepEqual(
    node(0)
      .provisioning.leases()
      .map(({ side }) => side),
    ['requester', 'owner']
  )
})

test('a request waits, says why, and is granted when capacity appears', async () => {
  const { time, node } = await createTestCloud({ size: 3 })
  const { id, state } = await time.settle(node(1).provisioning.create(small))
  assert.equal(state, 'waiting')
  await time.advance(10_000)
  assert.equal(node(1).provisioning.request(id).acknowledged, 3)
  const before = await time.settle(node(1).provisioning.explain(id))
  assert.deepEqual([before.owners, before.couldEver, before.fitNow, before.asked, before.answered], [0, 0, 0, 1, 1])
  await time.settle(node(2).provisioning.setCapacity(offering(1_500)))
  const { state: after, waitedMs } = await time.settle(node(1).provisioning.until(id, 1_000))
  assert.equal(after, 'granted')
  assert.ok(waitedMs < 11_000)
})

test('capacity that is released goes to who waits for it', async () => {
  const { time, node } = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const first = await time.settle(node(1).provisioning.create(small))
  await time.settle(node(1).provisioning.until(first.id, 1_000))
  const second = await time.settle(node(2).provisioning.create(small))
  assert.equal((await time.settle(node(2).provisioning.until(second.id, 5_000))).state, 'waiting')
  const why = await time.settle(node(2).provisioning.explain(second.id))
  assert.deepEqual([why.owners, why.matching, why.couldEver, why.fitNow], [1, 1, 1, 0])
  assert.deepEqual(why.terms, [{ term: 'cpu >= 1000 milli', owners: 1, fitWithout: 1 }])
  assert.equal(why.excludesMost, 'cpu >= 1000 milli')
  const [lease] = node(1).provisioning.leases()
  await time.settle(node(1).provisioning.release(lease?.id ?? ''))
  assert.equal(node(1).provisioning.request(first.id).state, 'ended')
  assert.equal((await time.settle(node(2).provisioning.until(second.id, 1_000))).state, 'granted')
})

test('leases last for as long as they are renewed, and for no longer than they are wanted', async () => {
  const { time, node } = await createTestCloud({ size: 2, capacity: (index) => (index === 0 ? offering(4_000) : undefined) })
  const forever = await time.settle(node(1).provisioning.create(small))
  const minutes = await time.settle(node(1).provisioning.create({ ...small, durationMs: 300_000 }))
  await time.advance(299_000)
  assert.equal(node(0).provisioning.capacity().active, 2)
  await time.advance(2_000)
  assert.equal(node(0).provisioning.capacity().active, 1)
  assert.equal(node(1).provisioning.request(minutes.id).state, 'ended')
  await assert.rejects(time.settle(node(1).provisioning.cancel(minutes.id)), { code: 'REQUEST_ENDED' })
  assert.equal(node(1).provisioning.request(forever.id).state, 'granted')
})

test('a cancelled request gives everything back, and takes nothing any more', async () => {
  const { time, node } = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(2_000) : undefined) })
  const { id } = await time.settle(node(1).provisioning.create({ ...small, count: 3 }))
  await time.advance(1_000)
  assert.deepEqual(
    node(1)
      .provisioning.request(id)
      .units.map(({ state }) => state)
      .sort(),
    ['active', 'active', 'wanted']
  )
  assert.equal((await time.settle(node(1).provisioning.cancel(id))).state, 'cancelled')
  assert.equal(node(0).provisioning.capacity().free.cpuMilli, 2_000)
  await time.settle(node(2).provisioning.setCapacity(offering(2_000)))
  await time.advance(70_000)
  assert.equal(node(2).provisioning.capacity().free.cpuMilli, 2_000)
  assert.deepEqual(node(1).provisioning.leases(), [])
  assert.equal((await time.settle(node(1).provisioning.cancel(id))).state, 'cancelled', 'once more changes nothing')
  assert.deepEqual(
    [0, 1, 2].map((index) => node(index).provisioning.status().matcher.waiting),
    [0, 0, 0]
  )
})

test('a request that may wait no longer expires; what it has it keeps', async () => {
  const { time, node } = await createTestCloud({ size: 2, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const { id } = await time.settle(node(1).provisioning.create({ ...small, count: 2, deadlineMs: 30_000 }))
  const waiting = await time.settle(node(1).provisioning.until(id, 29_000))
  assert.equal(waiting.state, 'waiting')
  const expired = await time.settle(node(1).provisioning.until(id, 2_000))
  assert.equal(expired.state, 'expired')
  assert.equal(expired.waitedMs, 30_000)
  assert.deepEqual(expired.units.map(({ state }) => state).sort(), ['active', 'done'])
  await time.advance(120_000)
  assert.equal(node(0).provisioning.capacity().active, 1)
})

test('where no owner could ever fit the infrastructure is told, then terms are dropped, lightest first', async () => {
  const schema = { version: 1, attributes: { region: { type: 'string', weight: 0.1 }, kind: { type: 'string' } } }
  const told: [string, number, number][] = []
  const { time, node } = await createTestCloud({
    size: 3,
    schema,
    capacity: (index) => (index === 2 ? offering(1_000, { region: 'usa', kind: 'web' }, schema) : undefined),
    scaleOut: async ({ state }, { owners, couldEver }) => void told.push([state, owners, couldEver])
  })
  const spec = { expression: 'region == "europe" && kind == "web"', amounts: cpus(1_000), mayRelax: true }
  const { id } = await time.settle(node(1).provisioning.create(spec))
  await time.advance(3_000)
  assert.equal(node(1).provisioning.request(id).state, 'scale-out-asked')
  assert.deepEqual(told, [['scale-out-asked', 1, 0]])
  await time.advance(31_000)
  const granted = node(1).provisioning.request(id)
  assert.deepEqual([granted.state, granted.expression, granted.relaxedTo], ['granted', spec.expression, 'kind == "web"'])
  const strict = await time.settle(node(1).provisioning.create({ ...spec, mayRelax: false }))
  await time.advance(90_000)
  assert.equal(node(1).provisioning.request(strict.id).state, 'scale-out-asked')
  assert.equal(told.length, 2, 'told once for each request')
})

/** Each part of it is as long as it may be: all of it is too long for a document. */
const tooLong: RequestSpec = {
  expression: 'true'.padEnd(16_384),
  amounts: { ...cpus(1), gpu: { count: 1, milli: 1, models: Array(64).fill('\u{1F600}'.repeat(64)) } }
}

test('bad requests are refused with the field that is wrong, and leave nothing', async () => {
  const { time, node } = await createTestCloud({ size: 1 })
  const wrong: readonly [object, string, string][] = [
    [{ count: 0 }, 'INVALID', 'count'],
    [{ count: 257 }, 'INVALID', 'count'],
    [{ priority: 10 }, 'INVALID', 'priority'],
    [{ deadlineMs: -1 }, 'INVALID', 'deadlineMs'],
    [{ durationMs: 0.5 }, 'INVALID', 'durationMs'],
    [{ amounts: { cpuMilli: -1 } }, 'INVALID', 'amounts.cpuMilli'],
    [{ amounts: { cpuMilli: 0.5 } }, 'INVALID', 'amounts.cpuMilli'],
    [{ amounts: { cpuMilli: 2 ** 60 } }, 'INVALID', 'amounts.cpuMilli'],
    [{ amounts: {} }, 'INVALID', 'amounts'],
    [{ nonsense: 1 }, 'INVALID', 'nonsense'],
    [{ expression: '' }, 'INVALID', 'expression'],
    [{ expression: 'x'.repeat(65_536) }, 'INVALID', 'expression'],
    [tooLong, 'INVALID', 'request'],
    [{ expression: 'speed >' }, 'QUERY_SYNTAX', '']
  ]
  for (const [part, code, field] of wrong) {
    const failing = node(0).provisioning.create({ ...small, ...part } as RequestSpec)
    await assert.rejects(
      time.settle(failing),
      (error) => isCloudError(error, code) && (field === '' || error.fields.field === field),
      `${JSON.stringify(part)} ${code} ${field}`
    )
  }
  assert.deepEqual(node(0).provisioning.requests(), [])
  const { provisioning } = node(0)
  assert.throws(() => provisioning.request('nobody'), { code: 'REQUEST_UNKNOWN' })
  const unknownRequests = [() => provisioning.cancel('x'), () => provisioning.until('x', 1), () => provisioning.explain('x')]
  for (const ask of unknownRequests) await assert.rejects(time.settle<unknown>(ask()), { code: 'REQUEST_UNKNOWN' })
  const unknownLeases = [() => provisioning.renew('x'), () => provisioning.release('x')]
  for (const ask of unknownLeases) await assert.rejects(time.settle<unknown>(ask()), { code: 'LEASE_UNKNOWN' })
})

test('a request that contradicts itself waits in no cell', async () => {
  const { time, node } = await createTestCloud({ size: 1, capacity: () => offering(1_000) })
  const { cells, state } = await time.settle(node(0).provisioning.create({ ...small, expression: 'false' }))
  assert.deepEqual([cells, state], [[], 'waiting'])
})

test('more open requests than a node may have are refused', async () => {
  const { time, node } = await createTestCloud({ size: 1, options: { requestsMax: 2 } })
  for (const _ of [1, 2]) await time.settle(node(0).provisioning.create(small))
  await assert.rejects(time.settle(node(0).provisioning.create(small)), { code: 'REQUESTS_FULL' })
  await time.settle(node(0).provisioning.cancel(node(0).provisioning.requests()[0]?.id ?? ''))
  await time.settle(node(0).provisioning.create(small))
})

test('finally_nothing_is_left after a stop', async () => {
  const { time, node, network, stop } = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  await time.settle(node(1).provisioning.create({ ...small, count: 2 }))
  for (const index of [1, 0, 2]) {
    await stop(index)
    assert.equal(network.timersOf(node(index).peer), 0, `node ${index}`)
  }
})

test('what has ended is forgotten an hour later, at whatever fraction of a millisecond it ended', async () => {
  const { time, node } = await createTestCloud({ size: 1 })
  const { provisioning } = node(0)
  const random = seededRandom(1)
  for (let count = 0; count < 200; count++) {
    await time.advance(10_000 * random.next())
    const { id } = await time.settle(provisioning.create(small))
    await time.settle(provisioning.cancel(id))
  }
  assert.equal(provisioning.requests().length, 200)
  await time.advance(3_600_001)
  assert.equal(provisioning.requests().length, 0)
})

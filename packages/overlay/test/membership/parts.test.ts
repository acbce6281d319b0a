import assert from 'node:assert/strict'
import test from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createAlarm } from '../../src/membership/alarm.ts'
import { BroadcastQueue } from '../../src/membership/broadcast-queue.ts'
import { Health } from '../../src/membership/health.ts'
import { defaultMembershipOptions } from '../../src/membership/options.ts'
import { ProbeOrder } from '../../src/membership/probe-order.ts'
import { suspicionBounds, suspicionMs } from '../../src/membership/suspicion.ts'
import { peerOf } from '../fleet.ts'

test('the health score stays within its bounds and stretches time', () => {
  const health = new Health(8)
  health.apply(-3)
  assert.equal(health.scale(500), 500)
  health.apply(100)
  assert.deepEqual([health.score, health.scale(500)], [7, 4_000])
})

test('the suspicion time grows with the logarithm of the network and needs no confirmation where nobody can give it', () => {
  assert.deepEqual(suspicionBounds(defaultMembershipOptions, 3), { minMs: 4_000, maxMs: 12_000, confirmationsWanted: 0 })
  assert.equal(suspicionMs(suspicionBounds(defaultMembershipOptions, 3), 0), 4_000)
  assert.deepEqual(suspicionBounds(defaultMembershipOptions, 1_000), { minMs: 12_000, maxMs: 36_000, confirmationsWanted: 2 })
})

test('the queue gives the least sent first, one a key, and skips what does not fit', () => {
  const queue = new BroadcastQueue<string>()
  queue.put('a', 'old a', 10)
  queue.put('b', 'b', 10)
  queue.put('a', 'a', 10)
  assert.deepEqual(queue.take({ count: 1, bytes: 100 }, 2), ['b'])
  queue.put('large', 'large', 95)
  assert.deepEqual(queue.take({ count: 9, bytes: 20 }, 2), ['a', 'b'])
  assert.deepEqual(queue.take({ count: 9, bytes: 105 }, 2), ['large', 'a'])
  queue.drop('large')
  assert.equal(queue.size, 0)
})

test('an update is worth messages of its own for the first half of its times, and rides along for the second', () => {
  const queue = new BroadcastQueue<string>()
  queue.put('a', 'a', 10)
  queue.put('along', 'along', 10, false)
  const urgent = Array.from({ length: 4 }, () => {
    queue.take({ count: 9, bytes: 100 }, 4)
    return queue.urgent
  })
  assert.deepEqual([urgent, queue.size], [[1, 0, 0, 0], 0])
  queue.put('a', 'a again', 10)
  queue.drop('a')
  assert.equal(queue.urgent, 0)
})

test('each candidate is probed once a round, in an order that changes; a newcomer gets a place in the round that runs', () => {
  const order = new ProbeOrder(seededRandom(1))
  const candidates = new Set([1, 2, 3, 4, 5, 6, 7, 8].map(peerOf))
  const rounds = [0, 1, 2].map(() => [...candidates].map(() => order.next(candidates)))
  for (const round of rounds) assert.equal(new Set(round).size, 8)
  assert.notDeepEqual(rounds[0], rounds[1])
  order.next(candidates)
  order.add(peerOf(9))
  candidates.add(peerOf(9))
  const rest = Array.from({ length: 8 }, () => order.next(candidates))
  assert.ok(rest.includes(peerOf(9)))
  assert.equal(order.next(new Set()), undefined)
})

test('an alarm rings once, at the time it was set to last', async () => {
  const time = createVirtualTime()
  const rings: number[] = []
  const alarm = createAlarm(time.clock, () => rings.push(time.now))
  alarm.ringAt(100)
  alarm.ringAt(50)
  await time.advance(200)
  assert.deepEqual(rings, [50])
  alarm.ringAt(300)
  alarm.ringAt(Number.POSITIVE_INFINITY)
  await time.advance(200)
  assert.deepEqual([rings.length, alarm.set], [1, false])
})

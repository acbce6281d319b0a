import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createExpiryTimer } from '../../src/owner/expiry-timer.ts'

test('one timer calls back at the earliest end, and then at the next', async () => {
  const time = createVirtualTime()
  const calls: number[] = []
  const ends = [100, 30, 70]
  const timer = createExpiryTimer(time.clock, () => {
    calls.push(time.now)
    return Math.min(...ends.filter((end) => end > time.now))
  })
  for (const end of ends) timer.watch(end)
  await time.advance(200)
  assert.deepEqual(calls, [30, 70, 100])
})

test('what has ended already is called for at once, and nothing after a stop', async () => {
  const time = createVirtualTime()
  await time.advance(50)
  let calls = 0
  const timer = createExpiryTimer(time.clock, () => {
    calls++
    return Number.POSITIVE_INFINITY
  })
  timer.watch(10)
  await time.advance(0)
  assert.equal(calls, 1)
  timer.watch(80)
  timer.stop()
  timer.watch(60)
  await time.advance(100)
  assert.equal(calls, 1)
})

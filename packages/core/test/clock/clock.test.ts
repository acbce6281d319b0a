import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { isCloudError, sleep, startDeadline } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'

test('sleep ends with its time, or with CANCELLED as soon as its signal aborts', async () => {
  const time = createVirtualTime()
  const controller = new AbortController()
  await time.settle(sleep(time.clock, 100, controller.signal))
  assert.equal(time.now, 100)
  time.clock.schedule(50, () => controller.abort('why'))
  await assert.rejects(
    time.settle(sleep(time.clock, 100, controller.signal)),
    (error) => isCloudError(error, 'CANCELLED') && error.cause === 'why'
  )
  assert.equal(time.now, 150)
  await assert.rejects(sleep(time.clock, 100, controller.signal), (error) => isCloudError(error, 'CANCELLED'))
})

test('a deadline aborts when time is up and says so', async () => {
  const time = createVirtualTime()
  const deadline = startDeadline(time.clock, 100)
  await time.advance(99)
  assert.deepEqual([deadline.signal.aborted, deadline.expired], [false, false])
  await time.advance(1)
  assert.deepEqual([deadline.signal.aborted, deadline.expired], [true, true])
})

test('a deadline aborts with its parent, and does not call that its time', async () => {
  const time = createVirtualTime()
  const parent = new AbortController()
  const deadline = startDeadline(time.clock, 100, parent.signal)
  parent.abort('why')
  assert.deepEqual([deadline.signal.aborted, deadline.signal.reason, deadline.expired], [true, 'why', false])
  deadline.clear()
  assert.ok(startDeadline(time.clock, 100, parent.signal).signal.aborted)
})

test('a cleared deadline neither expires nor follows its parent', async () => {
  const time = createVirtualTime()
  const parent = new AbortController()
  const deadline = startDeadline(time.clock, 100, parent.signal)
  deadline.clear()
  parent.abort()
  await time.advance(200)
  assert.deepEqual([deadline.signal.aborted, deadline.expired], [false, false])
})

test("the machine's clock goes forward, and a cancelled timer does not ring", async () => {
  const startedAt = systemClock.now()
  let rang = false
  const timer = systemClock.schedule(0, () => (rang = true))
  timer.cancel()
  await sleep(systemClock, 2)
  assert.ok(systemClock.now() > startedAt)
  assert.equal(rang, false)
  assert.ok(Math.abs(systemClock.wallTime() - Date.now()) < 1000)
})

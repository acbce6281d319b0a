import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { AssertionError, sleep } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'

test('events run in order of time, and of scheduling where times are equal', async () => {
  const time = createVirtualTime()
  const ran: string[] = []
  for (const [delayMs, name] of [
    [20, 'c'],
    [10, 'a'],
    [20, 'd'],
    [10, 'b'],
    [0, 'now']
  ] as const)
    time.clock.schedule(delayMs, () => ran.push(`${name} ${time.now}`))
  await time.advance(15)
  assert.deepEqual(ran, ['now 0', 'a 10', 'b 10'])
  assert.equal(time.now, 15)
  await time.runUntil(20)
  assert.deepEqual(ran.slice(3), ['c 20', 'd 20'])
  assert.equal(time.events, 5)
})

test('promise chains of any depth end before the next event', async () => {
  const time = createVirtualTime()
  const ran: string[] = []
  time.clock.schedule(1, async () => {
    for (let i = 0; i < 100; i++) await Promise.resolve()
    ran.push('chain')
  })
  time.clock.schedule(1, () => ran.push('next'))
  await time.advance(1)
  assert.deepEqual(ran, ['chain', 'next'])
})

test('what an event schedules runs too, also at the same moment', async () => {
  const time = createVirtualTime()
  const ran: number[] = []
  time.clock.schedule(5, () => time.clock.schedule(0, () => time.clock.schedule(5, () => ran.push(time.now))))
  await time.advance(10)
  assert.deepEqual(ran, [10])
})

test('a cancelled event does not run, and cancelling twice or late is harmless', async () => {
  const time = createVirtualTime()
  const ran: string[] = []
  const cancelled = time.clock.schedule(5, () => ran.push('cancelled'))
  const late = time.clock.schedule(5, () => ran.push('late'))
  cancelled.cancel()
  cancelled.cancel()
  await time.advance(10)
  late.cancel()
  assert.deepEqual([ran, time.events], [['late'], 1])
})

test('settle stops at the moment at which the promise settles', async () => {
  const time = createVirtualTime()
  let later = false
  time.clock.schedule(101, () => (later = true))
  assert.equal(await time.settle(sleep(time.clock, 100).then(() => 'done')), 'done')
  assert.deepEqual([time.now, later], [100, false])
  await assert.rejects(time.settle(Promise.reject(new Error('why'))), /why/)
})

test('a promise that never settles fails the run: when nothing is left to do, and at the limit', async () => {
  const time = createVirtualTime()
  const never = new Promise(() => {})
  await assert.rejects(time.settle(never), AssertionError)
  const tick = (): void => void time.clock.schedule(10, tick)
  tick()
  await assert.rejects(time.settle(never, 1000), /1000 ms/)
  assert.ok(time.now <= 1000)
})

test('runs that overlap take turns: neither overtakes the promise chains of the other', async () => {
  const time = createVirtualTime()
  const overlaps: boolean[] = []
  let inside = false
  for (let i = 0; i < 10; i++) {
    time.clock.schedule(i, async () => {
      overlaps.push(inside)
      inside = true
      for (let depth = 0; depth < 10; depth++) await Promise.resolve()
      inside = false
    })
  }
  await Promise.all([time.settle(sleep(time.clock, 20)), time.settle(sleep(time.clock, 15)), time.advance(12)])
  assert.deepEqual(overlaps, Array(10).fill(false))
})

test('an event that throws fails the run, and the next run goes on after it', async () => {
  const time = createVirtualTime()
  time.clock.schedule(1, () => {
    throw new Error('why')
  })
  await assert.rejects(time.advance(5), /why/)
  await time.advance(5)
  assert.equal(time.now, 6)
})

test('time that stands still fails the run', async () => {
  const time = createVirtualTime()
  const again = (): void => void time.clock.schedule(0, again)
  time.clock.schedule(5, again)
  await assert.rejects(time.advance(10), /stands still/)
  assert.equal(time.now, 5)
})

test('the wall clock goes with virtual time', async () => {
  const time = createVirtualTime(1_000_000)
  await time.advance(500)
  assert.equal(time.clock.wallTime(), 1_000_500)
})

test('time does not run backwards', async () => {
  const time = createVirtualTime()
  await time.runUntil(100)
  await time.runUntil(50)
  assert.equal(time.now, 100)
  assert.throws(() => time.clock.schedule(-1, () => {}), AssertionError)
})

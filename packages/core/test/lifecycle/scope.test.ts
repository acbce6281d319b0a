import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError, createScope, type Log, type LogFields, type Scope, seededRandom, sleep } from '@cloudpeer/core'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'

interface Line {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

function opened(): { time: VirtualTime; scope: Scope; lines: Line[] } {
  const time = createVirtualTime()
  const lines: Line[] = []
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: () => log }
  return { time, scope: createScope({ clock: time.clock, random: seededRandom(1), log }), lines }
}

test('stopping aborts what runs, and waits until it has ended', async () => {
  const { time, scope, lines } = opened()
  let ended = false
  scope.spawn('a task', async (signal) => {
    await sleep(time.clock, 1000, signal).catch(() => {})
    await sleep(time.clock, 50)
    ended = true
  })
  await time.advance(10)
  await time.settle(scope.stop())
  assert.deepEqual([ended, time.now, lines], [true, 60, []])
})

test('after its stop a scope starts nothing', async () => {
  const { time, scope } = opened()
  await scope.stop()
  const started: string[] = []
  scope.spawn('a task', async () => void started.push('task'))
  scope.repeat(
    'a round',
    () => 1,
    () => void started.push('round')
  )
  await time.advance(100)
  assert.deepEqual(started, [])
})

test('a failure is logged with its name, a cancellation is not', async () => {
  const { time, scope, lines } = opened()
  const failure = new Error('why')
  scope.spawn('a task', async () => {
    throw failure
  })
  scope.spawn('a cancelled task', async () => {
    throw new CloudError('CANCELLED')
  })
  await time.advance(1)
  assert.deepEqual(lines, [{ level: 'error', message: 'a task failed', fields: { error: failure } }])
})

test('a round comes again its interval after the last one ended, jittered by a fifth', async () => {
  const { time, scope } = opened()
  const starts: number[] = []
  scope.repeat(
    'a round',
    () => 100,
    async () => {
      starts.push(time.now)
      await sleep(time.clock, 30)
    }
  )
  await time.advance(2000)
  const gaps = starts.map((at, index) => at - (index === 0 ? -30 : (starts[index - 1] as number)) - 30)
  assert.ok(starts.length >= 14 && starts.length <= 17, `${starts.length} rounds`)
  assert.ok(
    gaps.every((gap) => gap >= 80 && gap <= 120),
    gaps.join()
  )
  await time.settle(scope.stop())
  await time.advance(1000)
  assert.equal(starts.length, gaps.length)
})

test('a round that fails is logged and comes again; a bug in it ends the rounds', async () => {
  const { time, scope, lines } = opened()
  let rounds = 0
  scope.repeat(
    'a round',
    () => 100,
    () => {
      rounds++
      throw rounds < 3 ? new CloudError('TIMED_OUT', { operation: 'it' }) : new TypeError('bug')
    }
  )
  await time.advance(1000)
  assert.equal(rounds, 3)
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn', 'warn', 'error']
  )
  assert.deepEqual(lines[0], { level: 'warn', message: 'a round failed', fields: { code: 'TIMED_OUT', operation: 'it' } })
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { backoffMs, CloudError, isCloudError, retry, seededRandom } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'

const options = { firstMs: 100, maxMs: 1000, attemptsMax: 5 }
const busy = (): CloudError => new CloudError('OVERLOADED', { limit: 'test', max: 1 })

test('waits double from half to all of their ceiling, and stop growing at the largest', () => {
  const random = seededRandom(1)
  for (const [attempt, ceiling] of [
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1000],
    [2000, 1000]
  ] as const) {
    const waits = Array.from({ length: 200 }, () => backoffMs(options, attempt, random))
    assert.ok(
      waits.every((wait) => wait >= ceiling / 2 && wait < ceiling),
      `attempt ${attempt}`
    )
    assert.ok(Math.max(...waits) - Math.min(...waits) > ceiling / 3)
  }
})

test('an operation is repeated until it succeeds', async () => {
  const time = createVirtualTime()
  const at: number[] = []
  const result = retry({ clock: time.clock, random: seededRandom(1) }, { ...options, mayRetry: () => true }, async (attempt) => {
    at.push(time.now)
    if (attempt < 4) throw busy()
    return `attempt ${attempt}`
  })
  assert.equal(await time.settle(result), 'attempt 4')
  assert.equal(at.length, 4)
  assert.ok(time.now >= 350 && time.now < 700, `${time.now} ms`)
})

test('the last error is thrown when the attempts are used up', async () => {
  const time = createVirtualTime()
  let attempts = 0
  const result = retry({ clock: time.clock, random: seededRandom(1) }, { ...options, mayRetry: () => true }, async () => {
    attempts++
    throw new Error(`attempt ${attempts}`)
  })
  await assert.rejects(time.settle(result), /attempt 5/)
  assert.equal(attempts, 5)
})

test('an error that may not be retried is thrown at once', async () => {
  const time = createVirtualTime()
  const mayRetry = (error: unknown): boolean => isCloudError(error) && error.retry
  const result = retry({ clock: time.clock, random: seededRandom(1) }, { ...options, mayRetry }, async () => {
    throw new CloudError('INVALID', { field: 'x', problem: 'bad' })
  })
  await assert.rejects(time.settle(result), (error) => isCloudError(error, 'INVALID'))
  assert.equal(time.now, 0)
})

test('an abort ends the wait with CANCELLED, and an operation that it ended with its error', async () => {
  const time = createVirtualTime()
  const controller = new AbortController()
  const endless = { firstMs: 100, maxMs: 100, attemptsMax: Number.POSITIVE_INFINITY, mayRetry: () => true, signal: controller.signal }
  time.clock.schedule(1010, () => controller.abort())
  const components = { clock: time.clock, random: seededRandom(1) }
  await assert.rejects(time.settle(retry(components, endless, () => Promise.reject(busy()))), (error) => isCloudError(error, 'CANCELLED'))
  assert.equal(time.now, 1010)
  await assert.rejects(time.settle(retry(components, endless, () => Promise.reject(busy()))), (error) => isCloudError(error, 'OVERLOADED'))
})

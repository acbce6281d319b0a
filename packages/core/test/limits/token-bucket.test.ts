import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { TokenBucket } from '@cloudpeer/core'
import fc from 'fast-check'

test('a burst passes, then one event for each token that grows', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
  assert.deepEqual(
    [0, 0, 0, 0].map((now) => bucket.take(now)),
    [0, 0, 0, 100]
  )
  assert.equal(bucket.take(40), 60)
  assert.equal(bucket.take(100), 0)
  assert.equal(bucket.take(100), 100)
})

test('a refused event costs nothing, and rest fills the bucket to its burst only', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0)
  bucket.take(0)
  bucket.take(0)
  for (let i = 0; i < 10; i++) assert.ok(bucket.take(50) > 0)
  assert.equal(bucket.take(100), 0)
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(1_000_000) === 0),
    [true, true, false]
  )
})

test('several tokens are taken at once, more than a burst on credit', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
  assert.deepEqual([bucket.take(0, 2), bucket.take(0, 2), bucket.take(100, 2)], [0, 100, 0])
  assert.equal(bucket.take(400, 8), 0)
  assert.equal(bucket.take(400), 600)
})

test('anytime_no_more_than_burst_and_rate_passes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }),
      (perSecond, burst, gaps) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0)
        let [now, passed] = [0, 0]
        for (const gap of gaps) {
          now += gap
          if (bucket.take(now) === 0) passed++
          assert.ok(passed <= burst + (now * perSecond) / 1000 + 1e-6)
        }
      }
    )
  )
})

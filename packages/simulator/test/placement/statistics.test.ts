import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mean, meansOver, quantile } from '../../src/placement/statistics.ts'

test('a quantile is the smallest value that so many do not exceed', () => {
  const values = [5, 1, 4, 2, 3]
  assert.deepEqual(
    [0, 0.2, 0.5, 0.99, 1].map((share) => quantile(values, share)),
    [1, 1, 3, 5, 5]
  )
  assert.equal(quantile([], 0.5), 0)
})

test('the mean of nothing is 0', () => {
  assert.deepEqual([mean([]), mean([1, 2, 6])], [0, 3])
})

test('means over parts of the time count what lies in each part, and nothing beyond the end', () => {
  const spans = [
    { fromMs: 0, toMs: 50, amount: 10 },
    { fromMs: 75, toMs: 1000, amount: 4 }
  ]
  assert.deepEqual(meansOver(spans, 100, 4), [10, 10, 0, 4])
  assert.deepEqual(meansOver(spans, 100, 1), [6])
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { createMemoryMetrics } from '@cloudpeer/core'

test('a counter adds up by label values', () => {
  const metrics = createMemoryMetrics()
  const messages = metrics.counter('messages', 'Messages', ['protocol', 'direction'])
  messages.with({ protocol: 'a', direction: 'sent' }).add(2)
  messages.with({ protocol: 'a', direction: 'received' }).add(3)
  messages.with({ protocol: 'b', direction: 'sent' }).add(1)
  assert.equal(metrics.sum('messages'), 6)
  assert.equal(metrics.sum('messages', { protocol: 'a' }), 5)
  assert.equal(metrics.sum('messages', { protocol: 'a', direction: 'sent' }), 2)
  assert.equal(metrics.sum('messages', { protocol: 'c' }), 0)
  assert.equal(metrics.sum('other'), 0)
})

test('a name asked for twice is one series, and one is what a counter adds', () => {
  const metrics = createMemoryMetrics()
  metrics.counter('events', 'Events').add()
  metrics.counter('events', 'Events').add()
  assert.equal(metrics.sum('events'), 2)
})

test('a histogram keeps its count', () => {
  const metrics = createMemoryMetrics()
  const durations = metrics.histogram('duration_ms', 'Durations', ['protocol'])
  durations.with({ protocol: 'a' }).observe(5)
  durations.with({ protocol: 'b' }).observe(500)
  assert.equal(metrics.sum('duration_ms_count'), 2)
  assert.equal(metrics.sum('duration_ms_count', { protocol: 'a' }), 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPrometheusMetrics } from '../../src/metrics/metrics.ts'

test('series appear in the text, and asking twice for a name gives the same series', async () => {
  const metrics = createPrometheusMetrics()
  metrics.counter('cloudpeer_test_things_total', 'Things', ['kind']).with({ kind: 'a' }).add(2)
  metrics.counter('cloudpeer_test_things_total', 'Things', ['kind']).with({ kind: 'a' }).add(1)
  metrics.histogram('cloudpeer_test_wait_ms', 'Waits').observe(7)
  let level = 1
  metrics.gauge('cloudpeer_test_level', 'Level', () => level)
  level = 5
  const text = await metrics.text()
  assert.match(text, /cloudpeer_test_things_total\{kind="a"\} 3/)
  assert.match(text, /cloudpeer_test_wait_ms_bucket\{le="5"\} 0\n.*le="10"\} 1/)
  assert.match(text, /cloudpeer_test_level 5/)
  assert.doesNotMatch(await createPrometheusMetrics().text(), /cloudpeer_test/, 'nodes in one process stay apart')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { createWorkload, type Popularity, poissonGapMs } from '../../src/experiments/workload.ts'

const init = { attributes: 50, values: 20, perService: 6, perAttribute: 1.2, perQuery: 3 }

test('services have as many attributes and values as they shall, each attribute once', () => {
  const workload = createWorkload(seededRandom(1), { ...init, popularity: 'uniform' })
  const services = Array.from({ length: 2000 }, (_, id) => workload.service(id))
  const pairs = services.reduce((sum, { attributes }) => sum + attributes.reduce((count, { values }) => count + values.length, 0), 0)
  assert.ok(Math.abs(pairs / services.length - workload.pairsPerService) < 0.15, `${pairs / services.length} pairs`)
  for (const { attributes } of services) {
    assert.ok(attributes.length >= 5 && attributes.length <= 7)
    assert.equal(new Set(attributes.map(({ attribute }) => attribute)).size, attributes.length)
  }
})

test('by the law of Zipf the first attribute is asked for twice as often as the second one, and alike otherwise', () => {
  const ratio = (popularity: Popularity): number => {
    const workload = createWorkload(seededRandom(1), { ...init, perQuery: 1, popularity })
    const asked = Array.from({ length: 20_000 }, () => workload.query()[0]?.attribute)
    return asked.filter((attribute) => attribute === 'a00').length / asked.filter((attribute) => attribute === 'a01').length
  }
  assert.ok(Math.abs(ratio('zipf') - 2) < 0.3, `${ratio('zipf')}`)
  assert.ok(Math.abs(ratio('uniform') - 1) < 0.2, `${ratio('uniform')}`)
})

test('gaps between arrivals are as long as the rate says, on average', () => {
  const random = seededRandom(1)
  const total = Array.from({ length: 10_000 }, () => poissonGapMs(random, 50)).reduce((sum, gap) => sum + gap, 0)
  assert.ok(Math.abs(total / 10_000 - 20) < 1, `${total / 10_000} ms`)
})

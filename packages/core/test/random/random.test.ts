import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { AssertionError, jittered, pick, type Random, sample, seededRandom } from '@cloudpeer/core'
import { createSystemRandom } from '@cloudpeer/core/system'

const numbers = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next())
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

test('equal seeds give equal sequences, others do not', () => {
  assert.deepEqual(numbers(seededRandom(42), 20), numbers(seededRandom(42), 20))
  assert.notDeepEqual(numbers(seededRandom(42), 20), numbers(seededRandom(43), 20))
})

test('the first draws of neighbouring seeds have nothing to do with each other', () => {
  for (let position = 0; position < 5; position++) {
    const draws = Array.from({ length: 1000 }, (_, seed) => numbers(seededRandom(seed), 5)[position] as number)
    assert.ok(Math.abs(mean(draws) - 0.5) < 0.05, `a mean of ${mean(draws)} at position ${position}`)
    assert.ok(Math.abs(mean(draws.map((draw) => (draw - 0.5) ** 2)) - 1 / 12) < 0.01)
  }
})

for (const [name, random] of [
  ['a seeded source', seededRandom(1)],
  ["the machine's source", createSystemRandom()]
] as const) {
  test(`${name} draws evenly and within bounds`, () => {
    const draws = numbers(random, 4000)
    assert.ok(draws.every((draw) => draw >= 0 && draw < 1))
    assert.ok(Math.abs(mean(draws) - 0.5) < 0.03)
    const integers = Array.from({ length: 3000 }, () => random.integer(3))
    for (const value of [0, 1, 2]) {
      const count = integers.filter((integer) => integer === value).length
      assert.ok(count > 850 && count < 1150, `${count} times ${value}`)
    }
    assert.equal(random.bytes(100).length, 100)
    assert.ok(new Set(random.bytes(1000)).size > 200)
  })
}

test('a bound that is none is a bug', () => {
  for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 53]) assert.throws(() => seededRandom(1).integer(bound), AssertionError)
  assert.throws(() => pick(seededRandom(1), []), AssertionError)
})

test('a sample has different items of the list, and leaves the list as it was', () => {
  const items = Array.from({ length: 10 }, (_, i) => i)
  const random = seededRandom(5)
  const seen = new Set<number>()
  for (let i = 0; i < 100; i++) {
    const chosen = sample(random, items, 3)
    assert.equal(new Set(chosen).size, 3)
    for (const item of chosen) seen.add(item)
  }
  assert.equal(seen.size, 10)
  assert.deepEqual(items, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.deepEqual(sample(random, items, 99).sort(), items)
  assert.deepEqual(sample(random, [], 3), [])
})

test('every order of a sample is as likely', () => {
  const counts = new Map<string, number>()
  const random = seededRandom(6)
  for (let i = 0; i < 6000; i++) {
    const order = sample(random, ['a', 'b', 'c'], 3).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  assert.equal(counts.size, 6)
  for (const count of counts.values()) assert.ok(count > 850 && count < 1150, `${count}`)
})

test('jitter stays within its share', () => {
  const random = seededRandom(7)
  const values = Array.from({ length: 1000 }, () => jittered(random, 100))
  assert.ok(values.every((value) => value >= 80 && value < 120))
  assert.ok(Math.max(...values) - Math.min(...values) > 35)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Allocation, type Amounts, allocate, type Capacity, fits, leftOver, minus, plus, zeroOf } from '@cloudpeer/model'
import fc from 'fast-check'
import { amounts, capacities } from './capacities.ts'

const machine: Capacity = {
  cpuMilli: 4000,
  memoryMib: 8192,
  diskMib: 0,
  gpus: [
    { model: 'T4', milli: 1000 },
    { model: 'T4', milli: 400 },
    { model: 'V100M32', milli: 600 }
  ],
  others: { ports: 3 }
}

const small: Amounts = { cpuMilli: 500, memoryMib: 1024, diskMib: 0, others: {} }

function places(amounts: Partial<Amounts>): readonly number[] | undefined {
  return allocate(machine, { ...small, ...amounts })?.gpus.map(({ place }) => place)
}

test('a lease takes what it asks for', () => {
  assert.deepEqual(allocate(machine, { ...small, others: { ports: 3 } }), { ...small, others: { ports: 3 }, gpus: [] })
})

test('each amount by itself can be too much', () => {
  const tooMuch: readonly Partial<Amounts>[] = [
    { cpuMilli: 4001 },
    { memoryMib: 8193 },
    { diskMib: 1 },
    { others: { ports: 4 } },
    { others: { licences: 1 } }
  ]
  for (const more of tooMuch) {
    assert.equal(allocate(machine, { ...small, ...more }), undefined, JSON.stringify(more))
  }
})

test('what everything in JavaScript has is nothing that a machine has', () => {
  assert.equal(allocate(machine, { ...small, others: { constructor: 1 } }), undefined)
  assert.notEqual(allocate(machine, { ...small, others: { constructor: 0 } }), undefined)
})

test('GPUs are different ones, of a wanted model, those with the least free first', () => {
  assert.deepEqual(places({ gpu: { count: 1, milli: 300, models: [] } }), [1])
  assert.deepEqual(places({ gpu: { count: 1, milli: 500, models: [] } }), [2])
  assert.deepEqual(places({ gpu: { count: 1, milli: 500, models: ['T4'] } }), [0])
  assert.deepEqual(places({ gpu: { count: 2, milli: 400, models: [] } }), [1, 2])
  assert.deepEqual(places({ gpu: { count: 3, milli: 400, models: [] } }), [0, 1, 2])
  assert.equal(places({ gpu: { count: 2, milli: 700, models: [] } }), undefined)
  assert.equal(places({ gpu: { count: 4, milli: 1, models: [] } }), undefined)
  assert.equal(places({ gpu: { count: 1, milli: 1, models: ['A10'] } }), undefined)
})

test('anytime_what_is_taken_was_free_and_comes_back', () => {
  fc.assert(
    fc.property(capacities, fc.array(amounts, { maxLength: 6 }), (total, wanted) => {
      let free = total
      const taken: Allocation[] = []
      for (const each of wanted) {
        const allocation = allocate(free, each)
        if (allocation === undefined) continue
        assert.ok(fits(total, each))
        assert.equal(new Set(allocation.gpus.map(({ place }) => place)).size, each.gpu?.count ?? 0)
        free = minus(free, allocation)
        taken.push(allocation)
      }
      for (const allocation of taken) free = plus(free, allocation, total)
      assert.deepEqual(free, total)
    }),
    { numRuns: 500 }
  )
})

test('nothing can be taken of nothing, and nobody can take or give back what is not there', () => {
  const allocation = allocate(machine, { ...small, gpu: { count: 1, milli: 1000, models: [] } }) as Allocation
  assert.equal(allocate(zeroOf(machine), small), undefined)
  assert.throws(() => minus(zeroOf(machine), allocation), /cpuMilli: 500 taken of 0/)
  assert.throws(() => minus({ ...machine, gpus: [] }, allocation), /no GPU at place 0/)
  assert.throws(() => minus({ ...machine, others: {} }, { ...allocation, others: { ports: 1 } }), /there are no ports/)
  assert.throws(() => plus(machine, allocation, machine), /more is free than there is/)
  assert.throws(() => plus(machine, { ...allocation, cpuMilli: 0, memoryMib: 0 }, machine), /more is free than there is/)
})

test('what is left over is that of the scarcest amount, all GPUs together being one', () => {
  const half = { ...machine, cpuMilli: 2000 }
  assert.equal(leftOver(machine, machine, { ...small, others: { ports: 1 } }), 2 / 3)
  assert.equal(leftOver(machine, half, small), 1500 / 4000)
  assert.equal(leftOver(machine, half, { ...small, gpu: { count: 3, milli: 400, models: [] } }), 1500 / 4000)
  assert.equal(leftOver(machine, machine, { ...small, gpu: { count: 3, milli: 400, models: [] } }), 0.4)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Capacity } from '@cloudpeer/model'
import { excess, firstFit, remainder, sumOf } from '../../src/checkers/provisioning/amounts.ts'

const total: Capacity = {
  cpuMilli: 4_000,
  memoryMib: 100,
  diskMib: 50,
  gpus: [
    { model: 'T4', milli: 1_000 },
    { model: 'A100', milli: 1_000 }
  ],
  others: { licences: 2 }
}
const share = { cpuMilli: 1_500, memoryMib: 10, diskMib: 0, gpus: [{ place: 1, milli: 400 }], others: { licences: 1 } }

test('what is more than a machine has is named, a GPU by its place', () => {
  assert.equal(excess(sumOf([share, share]), total), undefined)
  assert.equal(excess(sumOf([share, share, share]), total), '4500 of 4000 cpuMilli')
  const gpus = { ...share, cpuMilli: 0, gpus: [{ place: 1, milli: 1_000 }] }
  assert.equal(excess(sumOf([share, gpus]), total), '1400 of 1000 gpu 1')
  assert.equal(excess(sumOf([{ ...share, gpus: [{ place: 7, milli: 1 }] }]), total), '1 of 0 gpu 7')
  assert.equal(excess(sumOf([{ ...share, others: { seats: 1 } }]), total), '1 of 0 seats')
})

test('what is left is what a lease may take', () => {
  const free = remainder(total, sumOf([share, share]))
  assert.deepEqual(free, {
    cpuMilli: 1_000,
    memoryMib: 80,
    diskMib: 50,
    gpus: [
      { model: 'T4', milli: 1_000 },
      { model: 'A100', milli: 200 }
    ],
    others: { licences: 0 }
  })
  const amounts = { cpuMilli: 1_000, memoryMib: 80, diskMib: 50, gpu: { count: 2, milli: 200, models: [] }, others: {} }
  assert.deepEqual(firstFit(free, amounts)?.gpus, [
    { place: 0, milli: 200 },
    { place: 1, milli: 200 }
  ])
  assert.equal(firstFit(free, { ...amounts, gpu: { count: 1, milli: 300, models: ['A100'] } }), undefined)
  assert.equal(firstFit(free, { ...amounts, cpuMilli: 1_001 }), undefined)
  assert.equal(firstFit(free, { ...amounts, others: { licences: 1 } }), undefined)
})

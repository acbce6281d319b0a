import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { amountMax, gpusMax, parseAmounts, parseCapacity, parseCpu, parseGpuShare, parseQuantity } from '@cloudpeer/model'

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(isCloudError(error, 'INVALID'), String(error))
    return String(error.fields.field)
  }
  assert.fail('it is accepted')
}

test('what is left out of a capacity is 0, and a GPU is whole', () => {
  assert.deepEqual(parseCapacity({}), { cpuMilli: 0, memoryMib: 0, diskMib: 0, gpus: [], others: {} })
  assert.deepEqual(parseCapacity({ cpuMilli: 1500, gpus: [{ model: 'T4' }, { model: 'T4', milli: 500 }], others: { ports: 3 } }), {
    cpuMilli: 1500,
    memoryMib: 0,
    diskMib: 0,
    gpus: [
      { model: 'T4', milli: 1000 },
      { model: 'T4', milli: 500 }
    ],
    others: { ports: 3 }
  })
})

test('what is left out of amounts is 0, and of a GPU one of any model', () => {
  assert.deepEqual(parseAmounts({ memoryMib: 1 }), { cpuMilli: 0, memoryMib: 1, diskMib: 0, others: {} })
  assert.deepEqual(parseAmounts({ gpu: {} }), {
    cpuMilli: 0,
    memoryMib: 0,
    diskMib: 0,
    others: {},
    gpu: { count: 1, milli: 1000, models: [] }
  })
})

test('a field that is wrong is named', () => {
  const both: readonly (readonly [value: unknown, field: string])[] = [
    [null, ''],
    [[], ''],
    [{ cpuMilli: -1 }, '.cpuMilli'],
    [{ cpuMilli: 0.5 }, '.cpuMilli'],
    [{ cpuMilli: Number.NaN }, '.cpuMilli'],
    [{ cpuMilli: '2' }, '.cpuMilli'],
    [{ memoryMib: amountMax + 1 }, '.memoryMib'],
    [{ memoryMib: 2 ** 64 }, '.memoryMib'],
    [{ diskMib: Number.POSITIVE_INFINITY }, '.diskMib'],
    [{ cores: 1 }, '.cores'],
    [{ others: { ports: -1 } }, '.others.ports'],
    [{ others: { Ports: 1 } }, '.others.Ports'],
    [{ others: { constructor: 1 } }, '.others.constructor'],
    [{ others: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`o${n}`, 1])) }, '.others']
  ]
  for (const [value, field] of both) {
    assert.equal(
      refusal(() => parseCapacity(value, 'x')),
      `x${field}`,
      JSON.stringify(value)
    )
    assert.equal(
      refusal(() => parseAmounts(value, 'x')),
      `x${field}`,
      JSON.stringify(value)
    )
  }
  const gpus = (value: unknown): string => refusal(() => parseCapacity({ gpus: value }))
  assert.equal(gpus([{ model: 'T4' }, { model: '' }]), 'capacity.gpus[1].model')
  assert.equal(gpus([{ model: 'T4', milli: 1001 }]), 'capacity.gpus[0].milli')
  assert.equal(gpus(Array(gpusMax + 1).fill({ model: 'T4' })), 'capacity.gpus')
  const gpu = (value: unknown): string => refusal(() => parseAmounts({ gpu: value }))
  assert.equal(gpu({ count: 0 }), 'amounts.gpu.count')
  assert.equal(gpu({ milli: 0 }), 'amounts.gpu.milli')
  assert.equal(gpu({ models: [1] }), 'amounts.gpu.models[0]')
})

test('a lease of nothing is refused', () => {
  for (const value of [{}, { cpuMilli: 0 }, { others: { ports: 0 } }])
    assert.equal(
      refusal(() => parseAmounts(value)),
      'amounts'
    )
})

test('texts of the command line', () => {
  assert.deepEqual(
    ['512MiB', '4GiB', '1.5GiB', '4 GiB', '0MiB', '1TiB'].map((text) => parseQuantity(text, 'memory')),
    [512, 4096, 1536, 4096, 0, 2 ** 20]
  )
  assert.deepEqual(
    ['2', '0.5', '500m', '4.35', '0'].map((text) => parseCpu(text, 'cpu')),
    [2000, 500, 500, 4350, 0]
  )
  assert.deepEqual(
    ['0.5', '1', '1.0', '0.001'].map((text) => parseGpuShare(text, 'gpu-share')),
    [500, 1000, 1000, 1]
  )
})

test('texts that are no amount are refused by name', () => {
  for (const text of ['', '4', '-4GiB', '4GB', '4gib', 'GiB', '0.3MiB', '1e3MiB', '999999999TiB', '4GiB ', '4constructor']) {
    assert.equal(
      refusal(() => parseQuantity(text, 'memory')),
      'memory',
      text
    )
  }
  for (const text of ['', '-1', '1.5m', '0.0005', '2 cores', '1e3', 'NaN', '99999999999999']) {
    assert.equal(
      refusal(() => parseCpu(text, 'cpu')),
      'cpu',
      text
    )
  }
  for (const text of ['0', '1.5', '2', '-0.5', '0.0005', '.5'])
    assert.equal(
      refusal(() => parseGpuShare(text, 'gpu-share')),
      'gpu-share',
      text
    )
})

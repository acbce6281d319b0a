import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { loadConfig } from '../../src/config/index.ts'
import { readCapacity } from '../../src/config/read-capacity.ts'

const refusal = (value: unknown): string => {
  try {
    readCapacity(value, 'capacity')
  } catch (error) {
    assert(isCloudError(error, 'INVALID'), String(error))
    return error.message
  }
  assert.fail(`${JSON.stringify(value)} was accepted`)
}
const gpu = (model: string) => ({ model, milli: 1000 })

test('capacity is told by a flag, by the environment or by the file alike', () => {
  const expected = { cpuMilli: 1500, memoryMib: 8192, diskMib: 102_400, gpus: [gpu('V100'), gpu('V100'), gpu('T4')] }
  assert.deepEqual(loadConfig(['--capacity', 'cpu=1.5,memory=8GiB,disk=100GiB,gpu=2xV100,gpu=T4'], {}).capacity, expected)
  assert.deepEqual(loadConfig([], { CLOUDPEER_CAPACITY: 'cpu=1500m, memory=8GiB, disk=100GiB, gpu=2xV100, gpu=T4' }).capacity, expected)
  const map = { cpu: 1.5, memory: '8GiB', disk: '100GiB', gpus: [{ model: 'V100', count: 2 }, { model: 'T4' }] }
  assert.deepEqual(readCapacity(map, 'capacity'), expected)
  assert.deepEqual(readCapacity({ others: { licences: 3 }, attributes: { location: 'tokyo' } }, 'capacity'), {
    others: { licences: 3 },
    attributes: { location: 'tokyo' }
  })
  for (const none of ['none', ['none']]) assert.equal(readCapacity(none, 'capacity'), 'none')
})

test('what is wrong is told by its name', () => {
  assert.match(refusal('much'), /^capacity: must be a map/)
  assert.match(refusal(['cpu']), /^capacity: cpu is not NAME=AMOUNT/)
  assert.match(refusal(['cpu=-1']), /^capacity\.cpu: /)
  assert.match(refusal(['memory=4']), /^capacity\.memory: /)
  assert.match(refusal(['licences=4']), /^capacity\.licences: is not known/)
  assert.match(refusal(['gpu=0xT4']), /^capacity\.gpus\[0\]\.count: /)
  assert.match(refusal(['gpu=65xT4']), /^capacity\.gpus\[0\]\.count: /)
  assert.match(refusal(['gpu=40xT4,gpu=40xV100']), /^capacity\.gpus: /)
  assert.match(refusal({ cpu: 99_999_999_999 }), /^capacity\.cpu: /)
  assert.match(refusal({ cpus: 1 }), /^capacity\.cpus: is not known/)
  assert.match(refusal({ gpus: 2 }), /^capacity\.gpus: must be a list/)
  assert.match(refusal({ gpus: [{ model: '' }] }), /^capacity\.gpus\[0\]\.model: /)
  assert.match(refusal({ gpus: [{ model: 'T4', milli: 5 }] }), /^capacity\.gpus\[0\]\.milli: is not known/)
  assert.match(refusal({ others: { licences: 1.5 } }), /^capacity\.others\.licences: /)
  assert.match(refusal({ others: { licences: -1 } }), /^capacity\.others\.licences: /)
  assert.match(refusal({ attributes: ['location'] }), /^capacity\.attributes: must be a map/)
})

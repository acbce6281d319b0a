import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { silentLog } from '@cloudpeer/core'
import { parseSchema } from '@cloudpeer/model'
import type { CapacityStatus } from '@cloudpeer/provisioning'
import { defaultSchema } from '../../src/daemon/default-schema.ts'
import { measureMachine, offeredCapacity, warnOfSmallMachine, warnOfUnusedCapacity } from '../../src/daemon/offered-capacity.ts'

const machine = { cpuMilli: 8000, memoryMib: 16_384, diskMib: 50_000, arch: 'x86_64', os: 'linux' }

test('what is not configured is measured, and the attributes speak of what is offered', () => {
  assert.deepEqual(offeredCapacity({ capacity: { cpuMilli: 2500 }, labels: { location: 'tokyo', rack: '7' } }, machine, defaultSchema), {
    total: { cpuMilli: 2500, memoryMib: 16_384, diskMib: 50_000, gpus: [], others: {} },
    attributes: { arch: ['x86_64'], location: ['tokyo'], memory_mib: [16_384], os: ['linux'], vcpus: [2] }
  })
})

test('configured attributes win, and are judged by the schema', () => {
  const offered = (attributes: Record<string, unknown>) => offeredCapacity({ capacity: { attributes }, labels: {} }, machine, defaultSchema)
  assert.deepEqual(offered({ os: 'bsd', price_per_hour: 0.5 })?.attributes, {
    arch: ['x86_64'],
    memory_mib: [16_384],
    os: ['bsd'],
    price_per_hour: [0.5],
    vcpus: [8]
  })
  assert.throws(() => offered({ vcpus: 'many' }), /^CloudError: capacity\.attributes\.vcpus: /)
})

test('what was measured is left out where the schema means something else by its name', () => {
  const schema = parseSchema({ version: 1, attributes: { vcpus: { type: 'string' }, os: { type: 'string', values: ['windows'] } } })
  const { attributes } = offeredCapacity({ capacity: {}, labels: {} }, machine, schema) ?? {}
  assert.deepEqual(Object.keys(attributes ?? {}), ['arch', 'memory_mib'])
})

test('a node may offer nothing', () => {
  assert.equal(offeredCapacity({ capacity: 'none', labels: {} }, machine, defaultSchema), undefined)
})

test('this machine has something of everything', () => {
  const { cpuMilli, memoryMib, diskMib, arch, os } = measureMachine(tmpdir())
  for (const amount of [cpuMilli, memoryMib, diskMib]) assert.ok(Number.isSafeInteger(amount) && amount > 0, String(amount))
  for (const name of [arch, os]) assert.match(name, /^[a-z0-9_]+$/)
})

test('an operator hears of a configured capacity that is not used', () => {
  const gpus = [{ model: 'T4', milli: 1000 }]
  const status = { state: 'open', total: { cpuMilli: 4000, memoryMib: 1024, diskMib: 0, gpus, others: {} } } as unknown as CapacityStatus
  let warnings = 0
  const warned = (capacity: Parameters<typeof warnOfUnusedCapacity>[0]['capacity'], of = status): boolean => {
    warnings = 0
    warnOfUnusedCapacity({ capacity }, of, { ...silentLog, warn: () => warnings++ })
    return warnings > 0
  }
  assert.equal(warned({}), false)
  assert.equal(warned({ cpuMilli: 4000, gpus: [{ model: 'T4', milli: 1000 }], attributes: { location: 'tokyo' } }), false)
  assert.equal(warned({ cpuMilli: 2000 }), true)
  assert.equal(warned({ gpus: [] }), true)
  assert.equal(warned('none'), true)
  assert.equal(warned('none', { ...status, state: 'idle' }), false)
})

test('an operator hears of a machine that has less than it was measured to have when its ledger was made', () => {
  const offers = (cpuMilli: number, memoryMib: number, state = 'open') =>
    ({ state, total: { cpuMilli, memoryMib, diskMib: 1e6, gpus: [], others: {} } }) as unknown as CapacityStatus
  const warned = (status: CapacityStatus, capacity: Parameters<typeof warnOfSmallMachine>[0]['capacity'] = {}): readonly unknown[] => {
    const amounts: unknown[] = []
    warnOfSmallMachine({ capacity }, machine, status, { ...silentLog, warn: (_message, fields) => amounts.push(fields?.amount) })
    return amounts
  }
  assert.deepEqual(warned(offers(8000, 16_384)), [])
  assert.deepEqual(warned(offers(4000, 16_500)), [], 'a kernel may keep a little more for itself')
  assert.deepEqual(warned(offers(16_000, 32_768)), ['cpuMilli', 'memoryMib'])
  assert.deepEqual(warned(offers(16_000, 32_768), { cpuMilli: 16_000 }), ['memoryMib'], 'what is configured is meant so')
  assert.deepEqual(warned(offers(16_000, 32_768, 'idle')), [])
})

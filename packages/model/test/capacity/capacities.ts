import type { Amounts, Capacity } from '@cloudpeer/model'
import fc from 'fast-check'

const models = ['T4', 'V100M32']
const amount = fc.integer({ min: 0, max: 8 })
const milli = fc.integer({ min: 1, max: 1000 })
const plain = { noNullPrototype: true }

/** Small machines, so that requests often just fit. */
export const capacities: fc.Arbitrary<Capacity> = fc.record(
  {
    cpuMilli: amount,
    memoryMib: amount,
    diskMib: amount,
    gpus: fc.array(fc.record({ model: fc.constantFrom(...models), milli }, plain), { maxLength: 4 }),
    others: fc.record({ ports: amount }, plain)
  },
  plain
)

/** What leases of them may ask for. */
export const amounts: fc.Arbitrary<Amounts> = fc
  .record(
    {
      cpuMilli: amount,
      memoryMib: amount,
      diskMib: amount,
      others: fc.oneof(fc.constant({}), fc.record({ ports: amount }, plain)),
      gpu: fc.option(fc.record({ count: fc.integer({ min: 1, max: 3 }), milli, models: fc.subarray(models) }, plain), { nil: undefined })
    },
    plain
  )
  .map(({ gpu, ...rest }) => (gpu === undefined ? rest : { ...rest, gpu }))

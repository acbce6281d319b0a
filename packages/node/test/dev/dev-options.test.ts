import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDevOptions } from '../../src/dev/dev-options.ts'

test('flags of dev, their defaults and bounds', () => {
  assert.deepEqual(readDevOptions([]), {
    nodes: 9,
    data: undefined,
    apiPort: 7070,
    exit: false,
    json: false,
    chaos: undefined,
    seed: undefined
  })
  assert.deepEqual(readDevOptions(['--nodes', '3', '--data', '/d', '--api-port', '0', '--exit', '--json']), {
    nodes: 3,
    data: '/d',
    apiPort: 0,
    exit: true,
    json: true,
    chaos: undefined,
    seed: undefined
  })
  for (const nodes of ['0', '65', 'x', '1.5', '-1']) {
    assert.throws(() => readDevOptions([`--nodes=${nodes}`]), {
      code: 'INVALID',
      fields: { field: '--nodes', problem: 'must be a whole number from 1 to 64' }
    })
  }
  const { chaos, seed } = readDevOptions(['--chaos', '60', '--seed', '7'])
  assert.deepEqual([chaos, seed], [60, 7])
  const refused = { '--nodes': ['--chaos=60', '--nodes=2'], '--chaos': ['--chaos=0'], '--seed': ['--seed=7'] }
  for (const [field, args] of Object.entries(refused)) {
    assert.throws(
      () => readDevOptions(args),
      ({ fields }: { fields: { field: string } }) => fields.field === field
    )
  }
  assert.throws(() => readDevOptions(['--what']), { code: 'INVALID' })
})

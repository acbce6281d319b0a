import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDevOptions } from '../../src/dev/dev-options.ts'

test('flags of dev, their defaults and bounds', () => {
  assert.deepEqual(readDevOptions([]), { nodes: 9, data: undefined, apiPort: 7070, exit: false, json: false })
  assert.deepEqual(readDevOptions(['--nodes', '3', '--data', '/d', '--api-port', '0', '--exit', '--json']), {
    nodes: 3,
    data: '/d',
    apiPort: 0,
    exit: true,
    json: true
  })
  for (const nodes of ['0', '65', 'x', '1.5', '-1']) {
    assert.throws(() => readDevOptions([`--nodes=${nodes}`]), {
      code: 'INVALID',
      fields: { field: '--nodes', problem: 'must be a whole number from 1 to 64' }
    })
  }
  assert.throws(() => readDevOptions(['--what']), { code: 'INVALID' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileQuery, parseSchema } from '@cloudpeer/model'
import { canRelax, relax } from '../../src/requester/relax.ts'

const schema = parseSchema({
  version: 1,
  attributes: {
    kind: { type: 'string', weight: 1 },
    region: { type: 'string', weight: 0.2 },
    speed_ghz: { type: 'double', weight: 0.5 }
  }
})

test('terms are dropped one by one, lightest first, until nothing is left', () => {
  const steps = ['kind == "web" && region == "europe" && speed_ghz > 2.4']
  while (canRelax(steps.at(-1) as string, schema)) steps.push(relax(steps.at(-1) as string, schema))
  assert.deepEqual(steps.slice(1), ['(kind == "web") && (speed_ghz > 2.4)', 'kind == "web"', 'true'])
})

test('a term weighs what its heaviest attribute does; of equals the last is dropped; what is left has the same meaning', () => {
  const mixed = relax('(region == "usa" || kind == "web") && region == "asia" && region != "moon"', schema)
  assert.equal(mixed, '(region == "usa" || kind == "web") && (region == "asia")')
  compileQuery(mixed, schema)
})

test('an attribute outside the schema weighs most', () => {
  assert.equal(relax('colour == "red" && region == "usa"', schema), 'colour == "red"')
})

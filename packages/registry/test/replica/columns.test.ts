import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type Attributes, canonicalAttributes, compileQuery, emptySchema, rangesContain } from '@cloudpeer/model'
import fc from 'fast-check'
import { Columns } from '../../src/replica/columns.ts'

const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('x', 'xy', 'y'), fc.boolean())
const attributes = fc
  .record({ p: fc.array(value, { minLength: 1, maxLength: 3 }) }, { requiredKeys: [] })
  .map((plain) => canonicalAttributes(plain))
const expression = fc.constantFrom('p == 3', 'p == "x"', 'p < 4', 'p >= "xy"', 'p in [1, 2, 7]', 'p != 5', 'has(p)', 'p.startsWith("x")')

function rowsOf(all: readonly Attributes[]) {
  return all.map((one) => ({ record: { attributes: one } }))
}

function constraintOf(text: string) {
  const [constraint] = compileQuery(text, emptySchema).terms?.[0]?.constraints ?? []
  assert.ok(constraint)
  return constraint
}

test('a test says of each slot what its values say, also after another row has taken it', () => {
  fc.assert(
    fc.property(fc.array(attributes, { minLength: 1 }), fc.array(attributes), expression, (before, after, text) => {
      const columns = new Columns()
      const constraint = constraintOf(text)
      const rows = rowsOf(before)
      columns.test(constraint, rows)
      after.forEach((one, slot) => {
        rows[slot] = { record: { attributes: one } }
        columns.set(slot, one)
      })
      const test = columns.test(constraint, rows)
      rows.forEach(({ record }, slot) => {
        const expected = record.attributes.p?.some((one) => rangesContain(constraint.ranges, one)) ?? false
        assert.equal(test?.(slot), expected, `${text} at ${slot}`)
      })
    }),
    { seed: 1 }
  )
})

test('the columns are bounded: an attribute beyond them has no test', () => {
  const columns = new Columns()
  const rows = rowsOf([{}])
  const tests = Array.from({ length: 70 }, (_, index) => columns.test(constraintOf(`a${index} == 1`), rows))
  assert.equal(tests.filter((one) => one !== undefined).length, 64)
})

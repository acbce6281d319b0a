import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { bytesSchema, isCloudError, validator } from '@cloudpeer/core'
import { Type } from 'typebox'

const order = validator(
  Type.Object(
    {
      name: Type.String({ maxLength: 5 }),
      items: Type.Array(Type.Object({ count: Type.Integer({ minimum: 1 }) }), { maxItems: 3 }),
      key: bytesSchema(4, 2),
      size: Type.Optional(Type.Union([Type.Literal('small'), Type.Literal('large')]))
    },
    { additionalProperties: false }
  )
)
const good = { name: 'tea', items: [{ count: 1 }, { count: 2 }], key: Uint8Array.of(1, 2), size: 'small' }

function problemOf(value: unknown, field?: string): { field: string; problem: string } {
  try {
    order.parse(value, field)
  } catch (error) {
    assert.ok(isCloudError(error, 'INVALID'))
    return error.fields as { field: string; problem: string }
  }
  return assert.fail('it was taken')
}

test('a value that fits is returned as it is', () => {
  assert.equal(order.parse(good), good)
  assert.ok(order.matches(good))
  assert.ok(!order.matches({ ...good, name: 5 }))
})

const misfits: readonly (readonly [string, unknown, string])[] = [
  ['a wrong type', { ...good, name: 5 }, 'name'],
  ['a text that is too long', { ...good, name: 'coffee' }, 'name'],
  ['a value deep inside', { ...good, items: [{ count: 1 }, { count: 0 }] }, 'items[1].count'],
  ['a list that is too long', { ...good, items: Array(4).fill({ count: 1 }) }, 'items'],
  ['too few bytes', { ...good, key: Uint8Array.of(1) }, 'key'],
  ['too many bytes', { ...good, key: new Uint8Array(5) }, 'key'],
  ['text for bytes', { ...good, key: 'abc' }, 'key'],
  ['none of the choices', { ...good, size: 'huge' }, 'size'],
  ['a field that nobody knows', { ...good, colour: 'red' }, 'colour']
]
for (const [what, value, field] of misfits) {
  test(`${what} is INVALID and named ${field}`, () => {
    assert.equal(problemOf(value).field, field)
    assert.ok(problemOf(value).problem.length > 0)
    assert.equal(problemOf(value, 'request').field, `request.${field}`)
  })
}

test('a missing field is INVALID', () => {
  const { name: _, ...rest } = good
  assert.match(`${problemOf(rest).field} ${problemOf(rest).problem}`, /name/)
})

test('a value that is nothing at all is INVALID', () => {
  for (const value of [undefined, null, 5, 'text', []]) assert.equal(problemOf(value).field, 'value')
  assert.equal(problemOf(null, 'request').field, 'request')
})

test('an unknown field deep inside is named with its path', () => {
  const strict = validator(Type.Object({ list: Type.Array(Type.Object({}, { additionalProperties: false })) }))
  assert.throws(
    () => strict.parse({ list: [{}, { x: 1 }] }),
    (error) => isCloudError(error, 'INVALID') && error.fields.field === 'list[1].x'
  )
})

test('bytes of one size say so', () => {
  const digest = validator(Type.Object({ digest: bytesSchema(32, 32) }))
  assert.throws(() => digest.parse({ digest: new Uint8Array(31) }), /digest: must be 32 bytes/)
})

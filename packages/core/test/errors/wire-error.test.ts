import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError, cloudErrorFromWire, decode, encode, isCloudError, wireErrorFrom } from '@cloudpeer/core'
import { wireErrorFieldsMax, wireErrorTextMax } from '../../src/errors/wire-error.ts'

const roundTrip = (error: unknown): CloudError => cloudErrorFromWire(decode(encode(wireErrorFrom(error))))

test('an error arrives as it left', () => {
  const error = roundTrip(new CloudError('TIMED_OUT', { operation: 'probe', timeoutMs: 500, partial: true, missing: ['a', 'b'] }))
  assert.equal(error.code, 'TIMED_OUT')
  assert.deepEqual({ ...error.fields }, { operation: 'probe', timeoutMs: 500, partial: true, missing: ['a', 'b'] })
  assert.equal(error.message, 'probe did not finish within 500 ms')
})

test('a bug leaves as INTERNAL without a word', () => {
  for (const bug of [new TypeError('secret'), 'secret', { code: 'INVALID', secret: 1 }, undefined]) {
    assert.deepEqual(wireErrorFrom(bug), { code: 'INTERNAL' })
  }
})

test('a field cannot pass for the code', () => {
  assert.equal(wireErrorFrom(new CloudError('INVALID', { code: 'CANCELLED' })).code, 'INVALID')
})

test('numbers that have no encoding leave as text', () => {
  assert.deepEqual(
    { ...roundTrip(new CloudError('INVALID', { a: Number.NaN, b: Infinity, c: -0.5 })).fields },
    { a: 'NaN', b: 'Infinity', c: -0.5 }
  )
})

test('fields and texts are bounded, both ways', () => {
  const long = 'x'.repeat(wireErrorTextMax + 1)
  const fields = Object.fromEntries(
    Array.from({ length: wireErrorFieldsMax + 1 }, (_, i) => [`field${i}`, i % 2 ? long : Array(99).fill(long)])
  )
  for (const bounded of [wireErrorFrom(new CloudError('INVALID', fields)), cloudErrorFromWire({ code: 'INVALID', ...fields }).fields]) {
    const { code: _, ...kept } = bounded as Record<string, string | string[]>
    assert.equal(Object.keys(kept).length, wireErrorFieldsMax)
    for (const value of Object.values(kept)) {
      assert.ok(value.length <= (typeof value === 'string' ? wireErrorTextMax : wireErrorFieldsMax))
      for (const item of value) assert.ok(item.length <= wireErrorTextMax)
    }
  }
})

test('what is no error is MALFORMED', () => {
  for (const wire of [undefined, null, 7, 'INVALID', [], {}, { code: 7 }]) {
    const error = cloudErrorFromWire(wire)
    assert.ok(isCloudError(error, 'MALFORMED'), JSON.stringify(wire))
    assert.match(String(error.fields.field), /^error/)
  }
})

test('a code is cut, an unknown one is kept, and fields of other kinds are dropped', () => {
  assert.equal(cloudErrorFromWire({ code: 'X'.repeat(999) }).code.length, 64)
  const error = cloudErrorFromWire({
    code: 'NEWER',
    map: { a: 1 },
    nothing: null,
    bytes: new Uint8Array(3),
    list: [1, { a: 1 }],
    text: 'kept'
  })
  assert.equal(error.code, 'NEWER')
  assert.deepEqual({ ...error.fields }, { list: ['1', '[object Object]'], text: 'kept' })
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { encode, encodeReusing, hexFromBytes, keepEncoding } from '@cloudpeer/core'
import fc from 'fast-check'

const plain = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 30, noNullPrototype: true })

test('what is kept is encoded as anything else, wherever it stands', () => {
  const message = fc.record({ list: fc.array(plain, { maxLength: 300 }), one: plain, rest: plain })
  fc.assert(
    fc.property(message, plain, ({ list, one, rest }, outer) => {
      const expected = hexFromBytes(encode({ ...outer, ok: { rest, matches: list, one } }))
      const reused = { ...outer, ok: { rest, matches: list.map(keepEncoding), one: keepEncoding(one) } }
      for (const _time of ['first', 'again']) assert.equal(hexFromBytes(encodeReusing(reused)), expected)
    }),
    { numRuns: 100 }
  )
})

test('a list may mix what is kept with what is not', () => {
  const list = [keepEncoding({ a: 1 }), { b: 2 }]
  assert.deepEqual(Buffer.from(encodeReusing(list)), Buffer.from(encode(list)))
})

test('a kept value is encoded once', () => {
  let read = 0
  const value = keepEncoding({
    get a() {
      return ++read
    }
  })
  encodeReusing([value])
  encodeReusing([value])
  assert.equal(read, 1)
})

test('what cannot be encoded is refused beside kept values too', () => {
  assert.throws(() => encodeReusing({ kept: [keepEncoding({ a: 1 })], bad: undefined }))
  assert.throws(() => encodeReusing({ kept: [keepEncoding({ a: Number.NaN })] }))
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode, encode, validator } from '@cloudpeer/core'
import {
  attributesMax,
  attributesSchema,
  canonicalAttributes,
  compareValues,
  isAttributeName,
  isCanonicalAttributes,
  plainAttributes,
  textBytesMax,
  valuesMax
} from '@cloudpeer/model'

describe('canonicalAttributes', () => {
  it('gives equal attributes one encoding', () => {
    const a = canonicalAttributes({ os: ['windows', 'linux', 'linux'], city: 'Que\u0301bec', depth: -0, mixed: [true, 'a', 10, 9, false] })
    const b = canonicalAttributes({ mixed: [9, 10, 'a', false, true], depth: 0, city: 'Qu\u00e9bec', os: ['linux', 'windows'] })
    assert.deepEqual(a, { city: ['Qu\u00e9bec'], depth: [0], mixed: [9, 10, 'a', false, true], os: ['linux', 'windows'] })
    assert.deepEqual(Object.keys(a), ['city', 'depth', 'mixed', 'os'])
    assert.deepEqual(encode(a), encode(b))
    assert.ok(isCanonicalAttributes(a))
  })

  it('is undone by plainAttributes but for the form', () => {
    const attributes = canonicalAttributes({ os: ['linux', 'windows'], vcpus: 4 })
    assert.deepEqual(plainAttributes(attributes), { os: ['linux', 'windows'], vcpus: 4 })
    assert.deepEqual(canonicalAttributes(plainAttributes(attributes)), attributes)
  })
})

describe('attributesSchema', () => {
  const { matches } = validator(attributesSchema)
  const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `a${String(n).padStart(3, '0')}`)

  it('accepts the canonical form up to its bounds', () => {
    assert.ok(matches({}))
    assert.ok(matches({ a: [1, 'x', true], b: ['x'.repeat(textBytesMax)], c: many(valuesMax) }))
    assert.ok(matches(Object.fromEntries(many(attributesMax).map((name) => [name, [1]]))))
  })

  it('takes what was encoded, whose names are in another order', () => {
    const attributes = canonicalAttributes({ aa: 1, b: 2 })
    const decoded = decode(encode(attributes))
    assert.deepEqual(Object.keys(decoded as object), ['b', 'aa'])
    assert.ok(matches(decoded))
  })

  it('refuses everything else', () => {
    const others: readonly unknown[] = [
      null,
      [],
      'x',
      { a: 1 },
      { a: [] },
      { a: [2, 1] },
      { a: [1, 1] },
      { a: ['x', 1] },
      { a: [-0] },
      { a: [Number.NaN] },
      { a: [Number.POSITIVE_INFINITY] },
      { a: [null] },
      { a: [[1]] },
      { a: ['e\u0301'] },
      { a: ['\ud800'] },
      { a: ['x'.repeat(textBytesMax + 1)] },
      { a: ['é'.repeat(textBytesMax / 2 + 1)] },
      { a: many(valuesMax + 1) },
      { A: [1] },
      { name: ['x'] },
      { owner: ['x'] },
      { constructor: [1] },
      Object.fromEntries(many(attributesMax + 1).map((name) => [name, [1]]))
    ]
    for (const other of others) assert.ok(!matches(other), JSON.stringify(other)?.slice(0, 80))
  })
})

describe('isAttributeName', () => {
  it('takes lower-case names that are not reserved', () => {
    for (const name of ['a', 'memory_mib', 'a1', 'package', 'x'.repeat(64)]) assert.ok(isAttributeName(name), name)
    for (const name of ['', 'A', '1a', '_a', 'a-b', 'a.b', 'é', 'x'.repeat(65), 'name', 'owner', 'constructor', '__proto__', 'a\n'])
      assert.ok(!isAttributeName(name), name)
  })
})

describe('compareValues', () => {
  it('is a total order of all types', () => {
    const ordered = [-1, 0, 2, 10, '', '10', '2', 'Z', 'a', '\u{1f600}', '\u{e000}', false, true]
    assert.deepEqual([...ordered].reverse().sort(compareValues), ordered)
  })
})

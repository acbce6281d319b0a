import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { decode, encode, hexFromBytes, isCloudError } from '@cloudpeer/core'
import fc from 'fast-check'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

test('a known value has known bytes: keys by length, then by text; doubles in full; integers as short as they go', () => {
  const value = { bb: 1, a: [1.5, -1, null, true, 'é'], c: Uint8Array.of(1) }
  assert.equal(hexFromBytes(encode(value)), 'a3616185fb3ff800000000000020f6f562c3a96163410162626201')
})

test('the order in which keys were added does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), (map) => {
      const reversed = Object.fromEntries(Object.entries(map).reverse())
      assert.equal(hexFromBytes(encode(map)), hexFromBytes(encode(reversed)))
    })
  )
})

test('every value comes back', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    fc.boolean(),
    fc.constant(null)
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('any'), { maxLength: 5 }),
      fc.dictionary(fc.string(), tie('any'), { maxKeys: 5, noNullPrototype: true })
    )
  })).any
  fc.assert(fc.property(value, (original) => assert.deepEqual(decode(encode(original)), original)))
})

test('bytes come back as bytes', () => {
  const decoded = decode(encode({ data: Buffer.from([1, 2, 3]) })) as { data: Uint8Array }
  assert.ok(decoded.data instanceof Uint8Array)
  assert.deepEqual([...decoded.data], [1, 2, 3])
})

for (const [what, value] of [
  ['undefined', undefined],
  ['a field of undefined', { a: undefined }],
  ['NaN', Number.NaN],
  ['an infinity', Infinity]
] as const) {
  test(`${what} cannot be encoded`, () => {
    assert.throws(() => encode(value))
  })
}

/** An integer in as many items as `depth` says, each of which begins with `head`. */
function nested(head: string, depth: number): Uint8Array {
  return bytesOf(`${head.repeat(depth)}01`)
}

test('what is nested as deep as may be is decoded, behind whatever comes first', () => {
  const deepest = Buffer.concat([
    bytesOf('84781e'),
    Buffer.from('é'.repeat(15)),
    bytesOf('5901f4'),
    Buffer.alloc(500, 0x81),
    nested('81', 31),
    bytesOf('f6')
  ])
  assert.deepEqual(JSON.stringify((decode(nested('81', 32)) as unknown[]).flat(40)), '[1]')
  assert.doesNotThrow(() => decode(deepest))
})

test('a problem of nesting names its bound', () => {
  const problem = 'it is nested more than 32 deep'
  for (const bomb of [nested('81', 33), nested('a16161', 5_000), nested('d82a', 5_000)])
    assert.throws(() => decode(bomb, 'note'), { code: 'MALFORMED', fields: { field: 'note', problem } })
})

const malformed: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array()],
  ['two items', bytesOf('0101')],
  ['half an item', bytesOf('a16161')],
  ['an integer that is longer than it need be', bytesOf('1801')],
  ['a list of unknown length', bytesOf('9f01ff')],
  ['a key that comes twice', bytesOf('a2616101616102')],
  ['NaN', bytesOf('f97e00')],
  ['a text that is no UTF-8 length', bytesOf('7affffffff')],
  ['bytes longer than any memory', bytesOf('5b0000000100000000')],
  ['lists in each other', nested('81', 33)],
  ['two hundred thousand lists in each other', nested('81', 200_000)],
  ['lists of two in each other', nested('8201', 10_000)],
  ['maps in each other', nested('a16161', 10_000)],
  ['maps that are keys of maps', nested('a1', 10_000)],
  ['tags in each other', nested('d82a', 10_000)],
  [
    'lists in each other behind a list of 64 Ki items',
    Buffer.concat([bytesOf('829a00010000'), Buffer.alloc(0x10000), nested('81', 10_000)])
  ]
]
for (const [what, bytes] of malformed) {
  test(`${what} is MALFORMED`, () => {
    assert.throws(
      () => decode(bytes, 'note'),
      (error) => isCloudError(error, 'MALFORMED') && error.fields.field === 'note'
    )
  })
}

test('random bytes are a value or MALFORMED, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decode(bytes)
      } catch (error) {
        assert.ok(isCloudError(error, 'MALFORMED'))
      }
    }),
    { numRuns: 2000 }
  )
})

test('a key called __proto__ is a key like any other', () => {
  const decoded = decode(bytesOf('a1695f5f70726f746f5f5fa1616101')) as object
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype)
  assert.ok(!('a' in decoded))
})

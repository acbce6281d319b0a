import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { compareBytes, compareDistance, compareText, equalBytes, hexFromBytes } from '@cloudpeer/core'
import fc from 'fast-check'

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const numberFrom = (value: Uint8Array): bigint => BigInt(`0x${hexFromBytes(value)}`)
const signOf = (value: bigint | number): number => (value < 0 ? -1 : value > 0 ? 1 : 0)

test('bytes are in the order that Buffer gives them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (a, b) =>
      assert.equal(signOf(compareBytes(a, b)), Buffer.compare(a, b))
    )
  )
})

test('equal means the same length and the same bytes', () => {
  assert.ok(equalBytes(Uint8Array.of(1, 2), Buffer.from([1, 2])))
  assert.ok(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))
  assert.ok(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)))
  assert.ok(equalBytes(new Uint8Array(), new Uint8Array()))
})

test('distance is the XOR as a number', () => {
  fc.assert(
    fc.property(bytes(8), bytes(8), bytes(8), (target, a, b) => {
      const difference = (numberFrom(a) ^ numberFrom(target)) - (numberFrom(b) ^ numberFrom(target))
      assert.equal(signOf(compareDistance(target, a, b)), signOf(difference))
    })
  )
  const target = Uint8Array.of(0x80)
  assert.ok(compareDistance(target, Uint8Array.of(0xff), Uint8Array.of(0x7f)) < 0)
})

test('hexadecimal is that of Buffer', () => {
  fc.assert(fc.property(fc.uint8Array(), (value) => assert.equal(hexFromBytes(value), Buffer.from(value).toString('hex'))))
})

test('texts are in the order of their code units', () => {
  assert.deepEqual(['b', 'ä', 'B', 'a', 'a'].sort(compareText), ['B', 'a', 'a', 'b', 'ä'])
})

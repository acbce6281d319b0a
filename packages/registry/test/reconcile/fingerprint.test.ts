import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, seededRandom } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import fc from 'fast-check'
import { fingerprintOf, recordDigest } from '../../src/reconcile/fingerprint.ts'

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => ({ digest: bytes }))

/** The same by whole numbers of any size. */
function plainFingerprint(digests: readonly { readonly digest: Uint8Array }[]): Uint8Array {
  const sum = digests.reduce((total, { digest }) => total + BigInt(`0x${Buffer.from(digest).toString('hex')}`), 0n) % 2n ** 256n
  const text = digests.length.toString(16).padStart(8, '0') + sum.toString(16).padStart(64, '0')
  return sha256(Buffer.from(text, 'hex')).subarray(0, 16)
}

test('anytime_a_fingerprint_is_the_count_and_the_sum_modulo_2_to_the_256', () => {
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 50 }), (digests) => {
      assert.deepEqual(Buffer.from(fingerprintOf(digests)), Buffer.from(plainFingerprint(digests)))
    })
  )
  const largest = Array.from({ length: 1000 }, () => ({ digest: new Uint8Array(32).fill(255) }))
  assert.deepEqual(Buffer.from(fingerprintOf(largest)), Buffer.from(plainFingerprint(largest)))
})

test('a fingerprint does not depend on the order, and does on each digest and on how many there are', () => {
  const random = seededRandom(1)
  const digests = Array.from({ length: 100 }, () => ({ digest: random.bytes(32) }))
  assert.deepEqual(fingerprintOf(digests), fingerprintOf(digests.toReversed()))
  assert.notDeepEqual(fingerprintOf(digests), fingerprintOf(digests.slice(1)))
  assert.notDeepEqual(fingerprintOf([{ digest: new Uint8Array(32) }]), fingerprintOf([]))
  assert.deepEqual(fingerprintOf(digests, 10, 20), fingerprintOf(digests.slice(10, 20)))
})

test('the digest of a record is no plain hash of it, and more digests than can be summed exactly are a bug', () => {
  assert.notDeepEqual(recordDigest(new Uint8Array(8)), sha256(new Uint8Array(8)))
  assert.throws(() => fingerprintOf([], 0, 2 ** 21 + 1), AssertionError)
})

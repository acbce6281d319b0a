import { assert } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'

/** Bytes of a record's digest. */
export const digestBytes = 32
/** Bytes of a fingerprint of many records. */
export const fingerprintBytes = 16

/** Words of 32 bits in a digest. */
const words = digestBytes / 4
const wordSize = 2 ** 32
/** Sums of this many words are exact in a double: 2^53 / 2^32. */
const summandsMax = 2 ** 21

const domain = Buffer.from('cloudpeer/reconcile/v1\0')

/** The digest of a record by its signed bytes, which have its id, epoch and seq: equal digests mean equal versions. */
export function recordDigest(bytes: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([domain, bytes]))
}

/**
 * The fingerprint of the digests from place `from` to place `to` (excluded), of at most 2^21: SHA-256, cut to 16 bytes,
 * over their number and their sum modulo 2^256. A sum, unlike an exclusive or, cannot be forged by linear algebra (Meyer,
 * *Range-based set reconciliation*, 2023, section 5; Bellare and Micciancio, 1997).
 */
export function fingerprintOf(digests: readonly { readonly digest: Uint8Array }[], from = 0, to = digests.length): Uint8Array {
  assert(to - from <= summandsMax, `a sum of ${to - from} digests`)
  const columns = new Float64Array(words)
  for (let i = from; i < to; i++) addWords(columns, (digests[i] as { readonly digest: Uint8Array }).digest)
  return sha256(carried(columns, to - from)).slice(0, fingerprintBytes)
}

function addWords(columns: Float64Array, digest: Uint8Array): void {
  for (let word = 0, at = 0; word < words; word++, at += 4) {
    const high = ((digest[at] as number) << 24) | ((digest[at + 1] as number) << 16)
    const value = (high | ((digest[at + 2] as number) << 8) | (digest[at + 3] as number)) >>> 0
    columns[word] = (columns[word] as number) + value
  }
}

/** The number of summands and their sum as big-endian bytes; what exceeds 2^256 falls off. */
function carried(columns: Float64Array, count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + digestBytes))
  view.setUint32(0, count)
  let carry = 0
  for (let word = words - 1; word >= 0; word--) {
    const total = (columns[word] as number) + carry
    carry = Math.floor(total / wordSize)
    view.setUint32(4 + word * 4, total % wordSize)
  }
  return new Uint8Array(view.buffer)
}

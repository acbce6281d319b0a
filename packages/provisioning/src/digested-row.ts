import { encode, equalBytes, type Row } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'

/** What is written into the columns `bytes` and `digest` for a value. */
export function digested(value: unknown): [bytes: Uint8Array, digest: Uint8Array] {
  const bytes = encode(value)
  return [bytes, sha256(bytes)]
}

/** The bytes of such a row; undefined where they are not what was written. */
export function intactBytes({ bytes, digest }: Row): Uint8Array | undefined {
  return equalBytes(digest as Uint8Array, sha256(bytes as Uint8Array)) ? (bytes as Uint8Array) : undefined
}

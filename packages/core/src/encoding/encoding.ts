import * as dagCbor from '@ipld/dag-cbor'
import { CloudError, errorMessage } from '../errors/cloud-error.ts'
import { isNestedTooDeep, nestingMax } from './nesting.ts'

/**
 * Deterministic CBOR (RFC 8949 section 4.2, as DAG-CBOR restricts it): equal values give equal bytes, so that a
 * signature or a hash over them means something. Undefined, NaN and infinities cannot be encoded.
 */
export function encode(value: unknown): Uint8Array {
  return dagCbor.encode(value)
}

/** The value of exactly one CBOR item. MALFORMED, with `field`, for anything else, and for what is nested deeper than {@link nestingMax}. */
export function decode(bytes: Uint8Array, field = 'message'): unknown {
  if (isNestedTooDeep(bytes)) throw new CloudError('MALFORMED', { field, problem: `it is nested more than ${nestingMax} deep` })
  try {
    return dagCbor.decode(bytes)
  } catch (error) {
    throw new CloudError('MALFORMED', { field, problem: errorMessage(error).replace(/^CBOR decode error: /, '') })
  }
}

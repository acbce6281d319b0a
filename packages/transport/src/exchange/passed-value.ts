import { CloudError, cloudErrorFromWire, type Validator, type WireError, wireErrorFrom } from '@cloudpeer/core'
import type { TSchema } from 'typebox'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Codec } from './codec.ts'
import { checkSize } from './envelope.ts'

/** A message that is handed over as it is, frozen to its depth, within one process. */
export interface PassedValue {
  /** The body, or undefined beside a failure. */
  readonly value: unknown
  readonly error?: WireError
  /** What the sender has checked it by; undefined beside a failure. */
  readonly protocol?: Protocol
  /** Its size as CBOR: exact but for texts beyond ASCII, of which it counts characters. */
  readonly bytes: number
}

/** The sizes of values that are met frozen: what is sent again and again is looked through once. */
const sizes = new WeakMap<object, number>()

/** What values that were met frozen have been checked by: a message that says nothing is the same one each time. */
const checked = new WeakMap<object, Validator<TSchema>>()

/**
 * Freezes a value to its depth and returns its size as CBOR. What CBOR cannot encode is refused as INVALID. Byte arrays cannot be
 * frozen: that nobody writes into a message is the port's rule.
 */
export function freezeDeep(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return headBytes(value.length) + value.length
    case 'number':
      return numberBytes(value)
    case 'boolean':
      return 1
    case 'object':
      return value === null ? 1 : objectBytes(value)
    default:
      throw unencodable(typeof value)
  }
}

function objectBytes(value: object): number {
  if (value instanceof Uint8Array) return headBytes(value.length) + value.length
  const frozen = Object.isFrozen(value)
  const known = frozen ? sizes.get(value) : undefined
  if (known !== undefined) return known
  const bytes = Array.isArray(value) ? listBytes(value) : mapBytes(value as Readonly<Record<string, unknown>>)
  if (frozen) sizes.set(value, bytes)
  else Object.freeze(value)
  return bytes
}

function listBytes(list: readonly unknown[]): number {
  let bytes = headBytes(list.length)
  for (const item of list) bytes += freezeDeep(item)
  return bytes
}

function mapBytes(map: Readonly<Record<string, unknown>>): number {
  let bytes = 0
  let fields = 0
  for (const key in map) {
    bytes += headBytes(key.length) + key.length + freezeDeep(map[key])
    fields++
  }
  return bytes + headBytes(fields)
}

/** Head of a CBOR item whose argument is `argument` (RFC 8949, section 3). */
function headBytes(argument: number): number {
  if (argument < 24) return 1
  if (argument < 0x100) return 2
  if (argument < 0x10000) return 3
  return argument < 0x100000000 ? 5 : 9
}

function numberBytes(value: number): number {
  if (Number.isSafeInteger(value)) return headBytes(value < 0 ? -1 - value : value)
  if (!Number.isFinite(value)) throw unencodable(String(value))
  return 9
}

function unencodable(what: string): CloudError {
  return new CloudError('INVALID', { field: 'message', problem: `${what} cannot be encoded` })
}

/** INVALID unless the value fits; one that was frozen to its depth when it was checked cannot have changed since. */
function check(value: unknown, validator: Validator<TSchema>, field: string): void {
  const isKnown = typeof value === 'object' && value !== null && sizes.has(value)
  if (isKnown && checked.get(value) === validator) return
  validator.parse(value, field)
  if (isKnown) checked.set(value, validator)
}

/**
 * Messages passed within one process, for simulated networks: no bytes are made, all bounds hold for estimated sizes. The
 * sender's schema is checked, and holds for a receiver that has the same, as nothing can change on the way; who lies has another.
 */
export const valueCodec: Codec<PassedValue> = {
  encodeRequest: (protocol, body) => passed(protocol, body, protocol.request, 'request', protocol.requestBytesMax),
  decodeRequest<P extends Protocol>(protocol: P, { value, bytes, protocol: checkedBy }: PassedValue): RequestOf<P> {
    checkSize('request', bytes, protocol.requestBytesMax)
    return (checkedBy === protocol ? value : protocol.request.parse(value, 'request')) as RequestOf<P>
  },
  encodeReply: (protocol, reply) => passed(protocol, reply, protocol.reply, 'reply', protocol.replyBytesMax),
  encodeFailure(error) {
    const wire = wireErrorFrom(error)
    return { value: undefined, error: wire, bytes: freezeDeep(wire) }
  },
  decodeReply<P extends Protocol>(protocol: P, { value, error, bytes, protocol: checkedBy }: PassedValue): ReplyOf<P> {
    if (error !== undefined) throw cloudErrorFromWire(error)
    checkSize('reply', bytes, protocol.replyBytesMax)
    return (checkedBy === protocol ? value : protocol.reply.parse(value, 'reply')) as ReplyOf<P>
  },
  sizeOf: ({ bytes }) => bytes
}

function passed(protocol: Protocol, value: unknown, validator: Validator<TSchema>, field: string, bytesMax: number): PassedValue {
  check(value, validator, field)
  const bytes = freezeDeep(value)
  checkSize(field, bytes, bytesMax)
  return { value, bytes, protocol }
}

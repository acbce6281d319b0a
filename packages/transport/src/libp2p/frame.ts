import { assert, CloudError, decode, encode, validator } from '@cloudpeer/core'
import { Type } from 'typebox'
import { encodeUint8Array, encodingLength } from 'uint8-varint'
import type { Lane } from '../port/protocol.ts'

/**
 * What travels on a session stream, after the length prefix: the kind (1 byte), the number of the request that it is
 * about (4 bytes, big-endian), and
 *
 * - HELLO: CBOR `{version, network, lane}`; the first frame in each direction, number 0
 * - REQUEST: length of the protocol id (1 byte), protocol id (ASCII), request (CBOR)
 * - REPLY: time that the server held the request (4 bytes, microseconds), reply envelope (CBOR)
 * - CANCEL: nothing; the requester does not wait any more
 * - LAST: nothing; no more requests come from this side, number 0
 */
export type Frame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'request'; readonly id: number; readonly protocol: string; readonly body: Uint8Array }
  | { readonly kind: 'reply'; readonly id: number; readonly heldMs: number; readonly body: Uint8Array }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'last' }

/** How the two ends of a session stream introduce themselves. */
export interface Hello {
  readonly version: number
  readonly network: string
  readonly lane: Lane
}

const helloValidator = validator(
  Type.Object({
    version: Type.Integer({ minimum: 1 }),
    network: Type.String({ maxLength: 128 }),
    lane: Type.Union([Type.Literal('control'), Type.Literal('bulk')])
  })
)

const kinds = { hello: 0, request: 1, reply: 2, cancel: 3, last: 4 } as const
const headBytes = 5
const heldBytes = 4
const empty = new Uint8Array(0)

/** The protocol ids of this node's requests as they travel; there are as many as protocols. */
const encodedProtocolIds = new Map<string, Uint8Array>()

/** The first frame of a direction. */
export function encodeHello(hello: Hello): Uint8Array {
  return frameFrom(kinds.hello, 0, empty, encode(hello))
}

/** A request, whose number the other end repeats in its reply. */
export function encodeRequestFrame(id: number, protocol: string, body: Uint8Array): Uint8Array {
  return frameFrom(kinds.request, id, encodedProtocolId(protocol), body)
}

/** The reply to a request that was held for `heldMs`: the requester takes that off its round trip. */
export function encodeReplyFrame(id: number, heldMs: number, body: Uint8Array): Uint8Array {
  const held = new Uint8Array(heldBytes)
  new DataView(held.buffer).setUint32(0, Math.min(0xffffffff, Math.max(0, Math.round(heldMs * 1000))))
  return frameFrom(kinds.reply, id, held, body)
}

/** Says that nobody waits for a reply any more. */
export function encodeCancel(id: number): Uint8Array {
  return frameFrom(kinds.cancel, id, empty, empty)
}

/** Says that no more requests come from this end. */
export function encodeLast(): Uint8Array {
  return frameFrom(kinds.last, 0, empty, empty)
}

/** One frame, without its length prefix. MALFORMED and INVALID name the field; the bodies are views, not copies. */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < headBytes) throw malformed('shorter than its head')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const id = view.getUint32(1)
  switch (bytes[0]) {
    case kinds.hello:
      return { kind: 'hello', hello: helloValidator.parse(decode(bytes.subarray(headBytes), 'hello'), 'hello') }
    case kinds.request:
      return requestFrom(bytes, id)
    case kinds.reply:
      if (bytes.length < headBytes + heldBytes) throw malformed('a reply shorter than its head')
      return { kind: 'reply', id, heldMs: view.getUint32(headBytes) / 1000, body: bytes.subarray(headBytes + heldBytes) }
    case kinds.cancel:
      return { kind: 'cancel', id }
    case kinds.last:
      return { kind: 'last' }
    default:
      throw malformed(`of unknown kind ${bytes[0]}`)
  }
}

function requestFrom(bytes: Uint8Array, id: number): Frame {
  const start = headBytes + 1
  const end = start + (bytes[headBytes] ?? 0)
  if (bytes.length < end) throw malformed('a request shorter than its protocol id')
  const protocol = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
  return { kind: 'request', id, protocol, body: bytes.subarray(end) }
}

function frameFrom(kind: number, id: number, head: Uint8Array, body: Uint8Array): Uint8Array {
  const length = headBytes + head.length + body.length
  const prefixBytes = encodingLength(length)
  const frame = Buffer.allocUnsafe(prefixBytes + length)
  encodeUint8Array(length, frame)
  frame[prefixBytes] = kind
  frame.writeUInt32BE(id, prefixBytes + 1)
  frame.set(head, prefixBytes + headBytes)
  frame.set(body, prefixBytes + headBytes + head.length)
  return frame
}

function encodedProtocolId(protocol: string): Uint8Array {
  let bytes = encodedProtocolIds.get(protocol)
  if (bytes === undefined) {
    assert(protocol.length < 256, `${protocol} is too long for a protocol id`)
    bytes = Buffer.concat([Buffer.of(protocol.length), Buffer.from(protocol, 'latin1')])
    encodedProtocolIds.set(protocol, bytes)
  }
  return bytes
}

function malformed(problem: string): CloudError {
  return new CloudError('MALFORMED', { field: 'frame', problem: `it is ${problem}` })
}

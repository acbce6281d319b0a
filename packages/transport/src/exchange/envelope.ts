import { CloudError, cloudErrorFromWire, decode, encode, encodeReusing, wireErrorFrom } from '@cloudpeer/core'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Codec } from './codec.ts'

/** Bytes that `{ok: ...}` adds to an encoded reply: the head of a map of one and the text `ok`. */
const envelopeBytes = 4

/** A request as it travels: its CBOR. INVALID and TOO_LARGE name the field below `request`. */
export function encodeRequest<P extends Protocol>(protocol: P, body: RequestOf<P>): Uint8Array {
  const bytes = encodeReusing(protocol.request.parse(body, 'request'))
  checkSize('request', bytes.length, protocol.requestBytesMax)
  return bytes
}

/** The value of an encoded request. TOO_LARGE, MALFORMED, INVALID. */
export function decodeRequest<P extends Protocol>(protocol: P, bytes: Uint8Array): RequestOf<P> {
  checkSize('request', bytes.length, protocol.requestBytesMax)
  return protocol.request.parse(decode(bytes, 'request'), 'request') as RequestOf<P>
}

/** A reply as it travels: `{ok: <reply>}`. INVALID and TOO_LARGE name the field below `reply`. */
export function encodeReply<P extends Protocol>(protocol: P, reply: ReplyOf<P>): Uint8Array {
  const bytes = encodeReusing({ ok: protocol.reply.parse(reply, 'reply') })
  checkSize('reply', bytes.length - envelopeBytes, protocol.replyBytesMax)
  return bytes
}

/** A failure as it travels: `{error: {code, ...fields}}`. */
export function encodeFailure(error: unknown): Uint8Array {
  return encode({ error: wireErrorFrom(error) })
}

/** The reply in an envelope; throws the error that it carries, or TOO_LARGE, MALFORMED, INVALID for a bad one. */
export function decodeReply<P extends Protocol>(protocol: P, bytes: Uint8Array): ReplyOf<P> {
  const envelope = decode(bytes, 'reply')
  if (typeof envelope !== 'object' || envelope === null) throw malformed('is not a map')
  if ('error' in envelope) throw cloudErrorFromWire(envelope.error)
  if (!('ok' in envelope)) throw malformed('has neither ok nor error')
  checkSize('reply', bytes.length - envelopeBytes, protocol.replyBytesMax)
  return protocol.reply.parse(envelope.ok, 'reply') as ReplyOf<P>
}

/** Messages as they travel between machines: deterministic CBOR. */
export const byteCodec: Codec<Uint8Array> = {
  encodeRequest,
  decodeRequest,
  encodeReply,
  encodeFailure,
  decodeReply,
  sizeOf: (bytes) => bytes.length
}

function malformed(problem: string): CloudError {
  return new CloudError('MALFORMED', { field: 'reply', problem: `the envelope ${problem}` })
}

/** TOO_LARGE, naming `field`, where a message has more than `max` bytes. */
export function checkSize(field: string, bytes: number, max: number): void {
  if (bytes > max) throw new CloudError('TOO_LARGE', { field, bytes, max })
}

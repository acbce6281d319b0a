import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'

/**
 * The form in which requests and replies travel: `Message` is that of both. Each conversion checks the schema and the size
 * limit of the protocol; INVALID, TOO_LARGE and MALFORMED name the field below `request` or `reply`.
 */
export interface Codec<Message> {
  encodeRequest<P extends Protocol>(protocol: P, body: RequestOf<P>): Message
  decodeRequest<P extends Protocol>(protocol: P, message: Message): RequestOf<P>
  encodeReply<P extends Protocol>(protocol: P, reply: ReplyOf<P>): Message
  /** A failure in place of a reply. Anything but a CloudError becomes INTERNAL. */
  encodeFailure(error: unknown): Message
  /** The reply; throws the failure that came in its place. */
  decodeReply<P extends Protocol>(protocol: P, message: Message): ReplyOf<P>
  /** What the message counts for, in bytes. */
  sizeOf(message: Message): number
}

import { decode, encode, validator } from '@cloudpeer/core'
import { type Static, Type } from 'typebox'
import { signedAnnouncementSchema } from './membership/announcement.ts'
import { signedDescriptorSchema } from './network/descriptor.ts'

/** The gossipsub topic that every member follows: joins, leaves, and new schemas. */
export const networkTopic = 'network'

const topicSchema = Type.Union([
  Type.Object({ kind: Type.Literal('member'), announcement: signedAnnouncementSchema }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('schema'), descriptor: signedDescriptorSchema }, { additionalProperties: false })
])

/** A message of the topic. */
export type NetworkMessage = Static<typeof topicSchema>

const topicValidator = validator(topicSchema)

/** A message is looked at twice: judged before it travels on, and handled. */
const decoded = new WeakMap<Uint8Array, NetworkMessage>()

/** The bytes of a message of the topic. */
export function encodeNetworkMessage(message: NetworkMessage): Uint8Array {
  return encode(message)
}

/** The message that was published. MALFORMED, INVALID. */
export function decodeNetworkMessage(data: Uint8Array): NetworkMessage {
  const known = decoded.get(data)
  if (known !== undefined) return known
  const message = topicValidator.parse(decode(data, 'topic message'), 'topic message')
  decoded.set(data, message)
  return message
}

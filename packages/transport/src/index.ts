export { transportErrors } from './port/errors.ts'
export {
  defineProtocol,
  type Lane,
  messageBytesMax,
  type Protocol,
  type ProtocolInit,
  type ReplyOf,
  type RequestOf
} from './port/protocol.ts'
export {
  type Handler,
  type MessageCount,
  type Peer,
  type PeerListener,
  type RequestContext,
  type RequestOptions,
  type Subscription,
  type TopicListener,
  type TopicMessage,
  type Transport,
  topicMessageBytesMax,
  type Verdict
} from './port/transport.ts'

import { bytesSchema } from '@cloudpeer/core'
import { defineProtocol, messageBytesMax } from '@cloudpeer/transport'
import { Type } from 'typebox'

/** A bare round trip: as many bytes as asked for, on the same stream that reads travel on. */
export const echoProtocol = defineProtocol({
  id: '/cloudpeer/bench/echo/1',
  request: Type.Object({ bytes: Type.Integer({ minimum: 0, maximum: messageBytesMax }), padding: bytesSchema(4096) }),
  reply: Type.Object({ padding: bytesSchema(messageBytesMax) }),
  requestBytesMax: 8192,
  replyBytesMax: messageBytesMax,
  rate: { perSecond: 1e6, burst: 1e6 },
  lane: 'bulk',
  timeoutMs: 5000
})

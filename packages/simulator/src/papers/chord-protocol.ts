import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'

/** Largest message of a scheme, in bytes: a whole column that is copied. */
const messageBytesMax = 512 * 1024

/** Rates are the schemes' own matter: see their capacity. */
const rate = { perSecond: 1_000_000, burst: 1_000_000 }

/** What both messages share: they are one-way, and the empty reply by which the port confirms them counts as nothing. */
const oneWay = {
  reply: Type.Object({}),
  requestBytesMax: messageBytesMax,
  replyBytesMax: 64,
  rate,
  lane: 'control',
  timeoutMs: 5_000
} as const

/** A message on its way to the node responsible for a position. */
export const routeProtocol = defineProtocol({
  id: '/cloudpeer/papers/route/1',
  request: Type.Object({
    position: Type.Integer({ minimum: 0 }),
    origin: Type.String({ maxLength: 64 }),
    /** The origin's number for what it asks. */
    call: Type.Integer({ minimum: 1 }),
    body: Type.Unknown()
  }),
  ...oneWay
})

/** What the responsible node answers, straight to the origin. */
export const answerProtocol = defineProtocol({
  id: '/cloudpeer/papers/answer/1',
  request: Type.Object({ call: Type.Integer({ minimum: 1 }), reply: Type.Unknown() }),
  ...oneWay
})

import { bytesSchema } from '@cloudpeer/core'
import { defineProtocol, type ProtocolInit } from '@cloudpeer/transport'
import { type TSchema, Type } from 'typebox'

const generous = {
  requestBytesMax: 4096,
  replyBytesMax: 4096,
  rate: { perSecond: 10_000, burst: 10_000 },
  lane: 'control',
  timeoutMs: 5000
} as const

const note = Type.Object({
  text: Type.String(),
  data: bytesSchema(2048),
  nested: Type.Object({ numbers: Type.Array(Type.Number()), flag: Type.Boolean(), nothing: Type.Null() })
})

/** A body that has every kind of value. */
export function noteOf(text: string): { text: string; data: Uint8Array; nested: { numbers: number[]; flag: boolean; nothing: null } } {
  return { text, data: Uint8Array.of(0, 1, 254, 255), nested: { numbers: [-1, 0, 1.5, 2 ** 40], flag: true, nothing: null } }
}

/** Answers what it is asked. */
export const echo = defineProtocol({ id: '/cloudpeer/test/echo/1', request: note, reply: note, ...generous })

/** One text each way, with limits as they are given. */
export function textProtocol(name: string, init: Partial<ProtocolInit<TSchema, TSchema>> = {}) {
  const text = Type.Object({ text: Type.String() })
  return defineProtocol({ id: `/cloudpeer/test/${name}/1`, ...generous, ...init, request: text, reply: text })
}

/** A protocol of one id with schemas as they are given: what a peer of another version may hold it to be. */
export function protocolOf<Request extends TSchema, Reply extends TSchema>(name: string, request: Request, reply: Reply) {
  return defineProtocol({ id: `/cloudpeer/test/${name}/1`, ...generous, request, reply })
}

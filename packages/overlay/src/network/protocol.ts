import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { descriptorBytesMax, signedDescriptorSchema } from './descriptor.ts'

/** Gives the network's signed descriptor to whoever asks: a joining node does before it knows anything else. */
export const networkProtocol = defineProtocol({
  id: '/cloudpeer/overlay/network/1',
  request: Type.Object({}, { additionalProperties: false }),
  reply: signedDescriptorSchema,
  requestBytesMax: 16,
  replyBytesMax: descriptorBytesMax + 256,
  rate: { perSecond: 5, burst: 20 },
  lane: 'bulk',
  timeoutMs: 5_000
})

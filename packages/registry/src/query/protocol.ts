import { attributeNameLengthMax, expressionBytesMax } from '@cloudpeer/model'
import { defineProtocol, messageBytesMax } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { tokenLengthMax } from '../expression/position.ts'
import { queryLimitMax } from '../registry.ts'

const plainSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

/** The whole network's answer to one expression, for applications: the node that is asked plans, reads and merges. */
export const queryProtocol = defineProtocol({
  id: '/cloudpeer/registry/query/1',
  request: Type.Object(
    {
      expression: Type.String({ minLength: 1, maxLength: expressionBytesMax }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: queryLimitMax })),
      orderBy: Type.Optional(Type.String({ maxLength: attributeNameLengthMax + 5 })),
      after: Type.Optional(Type.String({ maxLength: tokenLengthMax })),
      strong: Type.Optional(Type.Boolean())
    },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    matches: Type.Array(
      Type.Object({
        name: Type.String(),
        owner: Type.String(),
        attributes: Type.Record(Type.String(), Type.Union([plainSchema, Type.Array(plainSchema)])),
        endpoints: Type.Array(Type.String())
      })
    ),
    partial: Type.Boolean(),
    missing: Type.Array(Type.String()),
    more: Type.Boolean(),
    next: Type.Optional(Type.String()),
    consistency: Type.Union([Type.Literal('one'), Type.Literal('strong')]),
    stats: Type.Object({ nodesAsked: Type.Integer(), messages: Type.Integer(), latencyMs: Type.Number() })
  }),
  requestBytesMax: 32 * 1024,
  replyBytesMax: messageBytesMax,
  rate: { perSecond: 50_000, burst: 50_000 },
  lane: 'bulk',
  timeoutMs: 12_000
})

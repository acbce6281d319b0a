import { type Static, Type } from 'typebox'
import { queryLimitDefault, queryLimitMax } from '../limits.ts'
import { defineRoute, type Immutable } from '../route.ts'
import { matchSchema } from './services.ts'

/** How an answer was made: what the planner weighed, and who was asked. */
export const explanationSchema = Type.Object({
  terms: Type.Array(
    Type.Object({
      expression: Type.String({ description: 'one alternative of the query' }),
      shards: Type.Array(
        Type.Object({ shard: Type.String(), estimatedRows: Type.Number(), estimatedCost: Type.Number(), chosen: Type.Boolean() })
      )
    })
  ),
  asked: Type.Array(
    Type.Object({
      shard: Type.String(),
      node: Type.String({ description: 'peer id' }),
      local: Type.Boolean({ description: 'whether it is the node that answers, which costs no message' }),
      rowsRead: Type.Integer({ minimum: 0 }),
      rowsReturned: Type.Integer({ minimum: 0 }),
      latencyMs: Type.Number({ minimum: 0 })
    })
  )
})

/** See {@link explanationSchema}. */
export type Explanation = Immutable<Static<typeof explanationSchema>>

/** What answering has cost. */
export const queryStatsSchema = Type.Object({
  nodesAsked: Type.Integer({ minimum: 0, description: 'nodes other than the one that answers' }),
  messages: Type.Integer({ minimum: 0, description: 'protocol messages, requests and replies alike' }),
  latencyMs: Type.Number({ minimum: 0 })
})

/** See {@link queryStatsSchema}. */
export type QueryStats = Immutable<Static<typeof queryStatsSchema>>

/** One page of the answer to a query. */
export const answerSchema = Type.Object({
  matches: Type.Array(matchSchema),
  partial: Type.Boolean({ description: 'whether some shards could not be asked, so that matches may be missing' }),
  missing: Type.Array(Type.String(), { description: 'the shards that could not be asked' }),
  more: Type.Boolean({ description: 'whether further matches follow' }),
  next: Type.Optional(Type.String({ description: 'the continuation token, where more follow' })),
  consistency: Type.Union([Type.Literal('one'), Type.Literal('strong')], {
    description: 'one: one replica of each shard was asked; strong: a majority, so every acknowledged registration is there'
  }),
  stats: queryStatsSchema,
  explain: Type.Optional(explanationSchema)
})

/** See {@link answerSchema}. */
export type Answer = Immutable<Static<typeof answerSchema>>

/** `POST /v1/query`. */
export const queryRoute = defineRoute({
  name: 'query',
  method: 'POST',
  path: '/v1/query',
  summary: 'The services in the whole network that satisfy an expression.',
  body: Type.Object({
    expression: Type.String({ description: 'in the query language: location == "Tokyo" && vcpus >= 4' }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: queryLimitMax, default: queryLimitDefault })),
    orderBy: Type.Optional(Type.String({ description: 'an attribute, or <attribute>:desc; by name where absent' })),
    after: Type.Optional(Type.String({ description: 'the continuation token of the page before' })),
    explain: Type.Optional(Type.Boolean({ description: 'whether to tell how the answer was made' })),
    strong: Type.Optional(Type.Boolean({ description: 'whether to ask a majority of the replicas' }))
  }),
  reply: answerSchema,
  errors: ['QUERY_SYNTAX', 'QUERY_TYPE', 'QUERY_UNKNOWN_ATTRIBUTE', 'QUERY_UNSUPPORTED', 'QUERY_TOO_COMPLEX']
})

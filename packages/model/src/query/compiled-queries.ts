import { LRUCache } from 'lru-cache'
import type { Schema } from '../schema/schema.ts'
import { type OrderBy, parseOrderBy } from './order-by.ts'
import { compileQuery, type Query } from './query.ts'

/** Compiled queries kept. */
const compiledMax = 4096

/** Compiles each expression once for as long as the schema stays. */
export interface CompiledQueries {
  /** As the model's `compileQuery`. */
  compile(expression: string): Query
  /** As the model's `parseOrderBy`; undefined for undefined. */
  orderBy(text: string | undefined): OrderBy | undefined
}

/** A cache over the network's present schema. */
export function createCompiledQueries(schema: () => Schema): CompiledQueries {
  const queries = new LRUCache<string, Query>({ maxSize: compiledMax, sizeCalculation: () => 1 })
  let of: Schema | undefined
  return {
    compile(expression) {
      const now = schema()
      if (now !== of) {
        of = now
        queries.clear()
      }
      const known = queries.get(expression)
      if (known !== undefined) return known
      const query = compileQuery(expression, now)
      queries.set(expression, query)
      return query
    },
    orderBy: (text) => (text === undefined ? undefined : parseOrderBy(text, schema()))
  }
}

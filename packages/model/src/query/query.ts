import { compareText } from '@cloudpeer/core'
import type { Schema } from '../schema/schema.ts'
import { buildCondition } from './build-condition.ts'
import { and, type Condition } from './condition.ts'
import { type Constraint, constraintOf } from './constraint.ts'
import { formatCondition } from './format-condition.ts'
import { type Factors, normalForm } from './normal-form.ts'
import { isWithinLimits, parseExpression } from './parse-expression.ts'
import { predicateOf, type Subject } from './predicate.ts'

/** A compiled query. */
export interface Query {
  /** As it was written. */
  readonly text: string
  /** The attributes and pseudo-attributes that it mentions, by code unit. */
  readonly attributes: readonly string[]
  matches(subject: Subject): boolean
  /**
   * The disjunctive normal form: the query matches what some term matches. A query that is false everywhere has no terms.
   * Undefined beyond `termsMax` terms: such a query is answered by a scan.
   */
  readonly terms: readonly Term[] | undefined
}

/** A conjunction. */
export interface Term {
  /** An expression equal to this term, which `compileQuery` accepts. */
  readonly text: string
  /** Each must hold wherever the term matches; together they need not suffice. `true` has none. */
  readonly constraints: readonly Constraint[]
  matches(subject: Subject): boolean
}

/**
 * Compiles an expression, every comparison typed by the schema. The same text and schema give the same query everywhere,
 * terms in the same order. Errors: QUERY_SYNTAX, QUERY_TYPE, QUERY_UNKNOWN_ATTRIBUTE, QUERY_UNSUPPORTED, QUERY_TOO_COMPLEX.
 */
export function compileQuery(text: string, schema: Schema): Query {
  const mentioned = new Set<string>()
  const condition = buildCondition(parseExpression(text), { text, schema, mentioned })
  return {
    text,
    attributes: [...mentioned].sort(compareText),
    matches: predicateOf(condition),
    terms: termsOf(condition)
  }
}

/** A term may outgrow the limits that the query keeps: `!(!a || b == 1)` becomes `a && !(b == 1)`. Then there is no normal form. */
function termsOf(condition: Condition): readonly Term[] | undefined {
  const terms = normalForm(condition)?.map(termFrom)
  return terms?.every(({ text }) => isWithinLimits(text)) ? terms : undefined
}

function termFrom(factors: Factors): Term {
  const conditions = [...factors.values()]
  const condition = and(conditions)
  return {
    text: formatCondition(condition),
    constraints: conditions.map(constraintOf).filter((constraint) => constraint !== undefined),
    matches: predicateOf(condition)
  }
}

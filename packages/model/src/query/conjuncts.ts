import { compareText } from '@cloudpeer/core'
import type { Schema } from '../schema/schema.ts'
import { buildCondition } from './build-condition.ts'
import type { Condition } from './condition.ts'
import { formatCondition } from './format-condition.ts'
import { parseExpression } from './parse-expression.ts'
import { predicateOf, type Subject } from './predicate.ts'

/** One of the conditions that an expression joins with `&&`. */
export interface Conjunct {
  /** An expression equal to it; in parentheses it may stand anywhere in another one. */
  readonly text: string
  /** The attributes and pseudo-attributes that it mentions, by code unit. */
  readonly attributes: readonly string[]
  matches(subject: Subject): boolean
}

/**
 * The operands of the outermost `&&` of an expression, in order: all of them match what the expression matches. One for an expression that is no
 * conjunction, none for `true`. Errors as `compileQuery`.
 */
export function conjuncts(text: string, schema: Schema): readonly Conjunct[] {
  const condition = buildCondition(parseExpression(text), { text, schema, mentioned: new Set() })
  if (condition.kind === 'constant' && condition.value) return []
  return (condition.kind === 'and' ? condition.conditions : [condition]).map(conjunctFrom)
}

function conjunctFrom(condition: Condition): Conjunct {
  return {
    text: formatCondition(condition),
    attributes: [...new Set(attributesOf(condition))].sort(compareText),
    matches: predicateOf(condition)
  }
}

function attributesOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'constant':
      return []
    case 'not':
      return attributesOf(condition.condition)
    case 'and':
    case 'or':
      return condition.conditions.flatMap(attributesOf)
    default:
      return [condition.attribute]
  }
}

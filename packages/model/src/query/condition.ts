import type { AttributeValue } from '../attributes/attribute-value.ts'

/** How a value is compared with a literal. */
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** What an atom speaks about: the attribute, and the expression that names it (`vcpus`, `attributes.vcpus`). */
export interface Reference {
  readonly attribute: string
  readonly reference: string
}

/** Some value of the attribute has the literal's type and compares with it so. */
export interface Comparison extends Reference {
  readonly kind: 'comparison'
  readonly operator: Operator
  readonly value: AttributeValue
}

/** Some value of the attribute is one of these: at least one, all of one type. */
export interface Membership extends Reference {
  readonly kind: 'membership'
  readonly values: readonly AttributeValue[]
}

/** Some value of the attribute is a text that starts with this one. */
export interface Prefix extends Reference {
  readonly kind: 'prefix'
  readonly prefix: string
}

/** The attribute is there. */
export interface Presence extends Reference {
  readonly kind: 'presence'
}

/** A condition on one attribute, false where the attribute is absent. */
export type Atom = Comparison | Membership | Prefix | Presence

/** A query that has been checked: two-valued logic over atoms. */
export type Condition =
  | Atom
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }

/** True or false for every service. */
export function constant(value: boolean): Condition {
  return { kind: 'constant', value }
}

/** The negation, simplified. */
export function not(condition: Condition): Condition {
  if (condition.kind === 'constant') return constant(!condition.value)
  return condition.kind === 'not' ? condition.condition : { kind: 'not', condition }
}

/** The conjunction, flat and without constants; of nothing it is true. */
export function and(conditions: readonly Condition[]): Condition {
  return connect('and', true, conditions)
}

/** The disjunction, flat and without constants; of nothing it is false. */
export function or(conditions: readonly Condition[]): Condition {
  return connect('or', false, conditions)
}

function connect(kind: 'and' | 'or', neutral: boolean, conditions: readonly Condition[]): Condition {
  const kept: Condition[] = []
  for (const condition of conditions) {
    if (condition.kind === 'constant') {
      if (condition.value !== neutral) return condition
    } else if (condition.kind === kind) {
      kept.push(...condition.conditions)
    } else {
      kept.push(condition)
    }
  }
  if (kept.length === 0) return constant(neutral)
  return kept.length === 1 ? (kept[0] as Condition) : { kind, conditions: kept }
}

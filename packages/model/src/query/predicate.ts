import type { AttributeValue } from '../attributes/attribute-value.ts'
import type { Attributes } from '../attributes/attributes.ts'
import type { Atom, Comparison, Condition } from './condition.ts'

/** What a query is asked about. */
export interface Subject {
  readonly name: string
  /** The peer id of the owner. */
  readonly owner: string
  readonly attributes: Attributes
}

/** A compiled condition. It allocates nothing. */
export type Predicate = (subject: Subject) => boolean

type ValueTest = (value: AttributeValue) => boolean

/** Compiles a condition to closures. */
export function predicateOf(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'constant': {
      const { value } = condition
      return () => value
    }
    case 'not': {
      const inner = predicateOf(condition.condition)
      return (subject) => !inner(subject)
    }
    case 'and':
      return every(condition.conditions.map(predicateOf))
    case 'or':
      return some(condition.conditions.map(predicateOf))
    case 'presence': {
      const { attribute } = condition
      return (subject) => subject.attributes[attribute] !== undefined
    }
    default:
      return someValue(condition.attribute, valueTest(condition))
  }
}

function every(predicates: readonly Predicate[]): Predicate {
  return (subject) => {
    for (let i = 0; i < predicates.length; i++) if (!(predicates[i] as Predicate)(subject)) return false
    return true
  }
}

function some(predicates: readonly Predicate[]): Predicate {
  return (subject) => {
    for (let i = 0; i < predicates.length; i++) if ((predicates[i] as Predicate)(subject)) return true
    return false
  }
}

function someValue(attribute: string, test: ValueTest): Predicate {
  if (attribute === 'name') return (subject) => test(subject.name)
  if (attribute === 'owner') return (subject) => test(subject.owner)
  return (subject) => {
    const values = subject.attributes[attribute]
    if (values === undefined) return false
    if (values.length === 1) return test(values[0] as AttributeValue)
    for (let i = 0; i < values.length; i++) if (test(values[i] as AttributeValue)) return true
    return false
  }
}

function valueTest(atom: Exclude<Atom, { kind: 'presence' }>): ValueTest {
  if (atom.kind === 'comparison') return comparisonTest(atom)
  if (atom.kind === 'prefix') {
    const { prefix } = atom
    return (value) => typeof value === 'string' && value.startsWith(prefix)
  }
  const values = new Set(atom.values)
  return (value) => values.has(value)
}

function comparisonTest({ operator, value: literal }: Comparison): ValueTest {
  const type = typeof literal
  switch (operator) {
    case '==':
      return (value) => value === literal
    case '!=':
      return (value) => typeof value === type && value !== literal
    case '<':
      return (value) => typeof value === type && value < literal
    case '<=':
      return (value) => typeof value === type && value <= literal
    case '>':
      return (value) => typeof value === type && value > literal
    case '>=':
      return (value) => typeof value === type && value >= literal
  }
}

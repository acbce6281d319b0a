import type { Atom, Comparison, Condition } from './condition.ts'
import { textAfterPrefix } from './text-after-prefix.ts'
import { anyValue, pointRange, rangeAbove, rangeBelow, unionRanges, type ValueRange } from './value-range.ts'

/** Some value of the attribute lies in one of these ranges: disjoint, in ascending order, of one type. */
export interface Constraint {
  readonly attribute: string
  readonly ranges: readonly ValueRange[]
}

/**
 * What must hold of one attribute wherever the factor of a term is true: exactly the factor for an atom or a disjunction of
 * atoms on one attribute, nothing for a negation, which an absent attribute may satisfy.
 */
export function constraintOf(factor: Condition): Constraint | undefined {
  if (factor.kind === 'not' || factor.kind === 'and' || factor.kind === 'constant') return undefined
  const atoms = (factor.kind === 'or' ? factor.conditions : [factor]) as readonly Atom[]
  return { attribute: (atoms[0] as Atom).attribute, ranges: unionRanges(atoms.flatMap(atomRanges)) }
}

function atomRanges(atom: Atom): readonly ValueRange[] {
  switch (atom.kind) {
    case 'presence':
      return [anyValue]
    case 'membership':
      return atom.values.map(pointRange)
    case 'prefix':
      return [prefixRange(atom.prefix)]
    case 'comparison':
      return comparisonRanges(atom)
  }
}

function prefixRange(prefix: string): ValueRange {
  const after = textAfterPrefix(prefix)
  return after === undefined ? rangeAbove(prefix, false) : { low: prefix, lowOpen: false, high: after, highOpen: true }
}

function comparisonRanges({ operator, value }: Comparison): readonly ValueRange[] {
  switch (operator) {
    case '==':
      return [pointRange(value)]
    case '!=':
      return typeof value === 'boolean' ? [pointRange(!value)] : [rangeBelow(value, true), rangeAbove(value, true)]
    case '<':
      return [rangeBelow(value, true)]
    case '<=':
      return [rangeBelow(value, false)]
    case '>':
      return [rangeAbove(value, true)]
    case '>=':
      return [rangeAbove(value, false)]
  }
}

import { type Atom, and, type Condition, not, or } from './condition.ts'
import { formatCondition } from './format-condition.ts'
import { termsMax } from './limits.ts'

/**
 * The factors of one term by their text: atoms, disjunctions of atoms on one attribute and type, and negations. The term is
 * true where all of them are.
 */
export type Factors = ReadonlyMap<string, Condition>

/**
 * The disjunctive normal form of a condition, in the order in which its parts are written; undefined if it has more than
 * `termsMax` terms, which is noticed while expanding. Terms that contradict themselves are left out.
 *
 * A negated atom stays as it is: `!(a < 5)` is true where `a` is absent and where no value of it is below 5, and neither is
 * what `a >= 5` says. For the same reason `p > 5 && p < 10` stays two factors: p = {3, 12} satisfies both.
 */
export function normalForm(condition: Condition): readonly Factors[] | undefined {
  return expand(pushNegations(condition, false))?.filter((term) => !isContradiction(term))
}

/** Moves negations inward just where another negation waits to meet them; otherwise the whole is one factor. */
function pushNegations(condition: Condition, negated: boolean): Condition {
  if (condition.kind === 'not') return pushNegations(condition.condition, !negated)
  if (condition.kind !== 'and' && condition.kind !== 'or') return negated ? not(condition) : condition
  if (negated && !hasNegation(condition)) return not(condition)
  const parts = condition.conditions.map((part) => pushNegations(part, negated))
  return (condition.kind === 'and') === negated ? or(parts) : and(parts)
}

function hasNegation(condition: Condition): boolean {
  if (condition.kind === 'not') return true
  return (condition.kind === 'and' || condition.kind === 'or') && condition.conditions.some(hasNegation)
}

function expand(condition: Condition): readonly Factors[] | undefined {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? [new Map()] : []
    case 'and':
      return expandAll(condition.conditions, [new Map()], conjoin)
    case 'or':
      return expandAll(groupByAttribute(condition.conditions), [], concatenate)
    default:
      return [factor(condition)]
  }
}

function expandAll(
  conditions: readonly Condition[],
  start: readonly Factors[],
  combine: (terms: readonly Factors[], more: readonly Factors[]) => readonly Factors[]
): readonly Factors[] | undefined {
  let terms = start
  for (const condition of conditions) {
    const more = condition.kind === 'or' && isGroup(condition.conditions) ? [factor(condition)] : expand(condition)
    if (more === undefined) return undefined
    terms = combine(terms, more)
    if (terms.length > termsMax) return undefined
  }
  return terms
}

function conjoin(terms: readonly Factors[], more: readonly Factors[]): readonly Factors[] {
  return distinct(terms.flatMap((term) => more.map((other) => new Map([...term, ...other]))))
}

function concatenate(terms: readonly Factors[], more: readonly Factors[]): readonly Factors[] {
  return distinct([...terms, ...more])
}

function distinct(terms: readonly Factors[]): readonly Factors[] {
  return [...new Map(terms.map((term) => [[...term.keys()].sort().join(' && '), term])).values()]
}

function factor(condition: Condition): Factors {
  return new Map([[formatCondition(condition), condition]])
}

/** Whether a factor stands beside its own negation, or wants a value of an attribute that must be absent. */
function isContradiction(term: Factors): boolean {
  const factors = [...term.values()]
  const denied = factors.flatMap((one) => (one.kind === 'not' ? [one.condition] : []))
  const absent = new Set(denied.flatMap((one) => (one.kind === 'presence' ? [one.attribute] : [])))
  return denied.some((one) => term.has(formatCondition(one))) || factors.some((one) => absent.has(attributeOf(one)))
}

/** The attribute of which a factor wants a value; nothing for a negation. */
function attributeOf(factor: Condition): string {
  if (factor.kind === 'or') return attributeOf(factor.conditions[0] as Condition)
  return isAtom(factor) ? factor.attribute : ''
}

/** The parts of a disjunction, the atoms on one attribute and type joined where the first of them stands. */
function groupByAttribute(conditions: readonly Condition[]): readonly Condition[] {
  const groups = new Map<unknown, Condition[]>()
  for (const condition of conditions) {
    const key = isAtom(condition) ? groupKey(condition) : condition
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [condition])
    else group.push(condition)
  }
  return [...groups.values()].map(or)
}

function isGroup(conditions: readonly Condition[]): boolean {
  const [first] = conditions
  return (
    first !== undefined && isAtom(first) && conditions.every((condition) => isAtom(condition) && groupKey(condition) === groupKey(first))
  )
}

function isAtom(condition: Condition): condition is Atom {
  return condition.kind === 'comparison' || condition.kind === 'membership' || condition.kind === 'prefix' || condition.kind === 'presence'
}

function groupKey(atom: Atom): string {
  return `${atom.attribute} ${groupType(atom)}`
}

function groupType(atom: Atom): string {
  if (atom.kind === 'presence') return 'any'
  if (atom.kind === 'prefix') return 'string'
  return typeof (atom.kind === 'comparison' ? atom.value : atom.values[0])
}

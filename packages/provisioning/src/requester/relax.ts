import { conjuncts, definitionOf, type Schema } from '@cloudpeer/model'

/** The expression of which nothing can be dropped. */
const everything = 'true'

/** Whether a term can be dropped from an expression that compiles. */
export function canRelax(expression: string, schema: Schema): boolean {
  return conjuncts(expression, schema).length > 0
}

/**
 * An expression without its lightest term, of equals the last: relaxed search by the weights of the schema's attributes (Zhygmanovskyi and
 * Yoshida, 2013, section 3.3). A term weighs what its heaviest attribute does, and one outside the schema 1.
 */
export function relax(expression: string, schema: Schema): string {
  const terms = conjuncts(expression, schema)
  const weights = terms.map(({ attributes }) => Math.max(0, ...attributes.map((name) => definitionOf(schema, name)?.weight ?? 1)))
  const dropped = weights.lastIndexOf(Math.min(...weights))
  const kept = terms.filter((_, index) => index !== dropped).map(({ text }) => text)
  return kept.length === 0 ? everything : kept.length === 1 ? (kept[0] as string) : kept.map((text) => `(${text})`).join(' && ')
}

import type { AttributeType } from '../attributes/attribute-value.ts'
import { definitionOf, type Schema } from './schema.ts'

/** Why a schema cannot follow an earlier one while services that were registered under that one live on. */
export interface Incompatibility {
  readonly attribute: string
  readonly problem: string
}

/**
 * What a later schema would lose: what is indexed stays so, since members that have not heard of the later one go on reading where owners
 * that have heard write no more; and an attribute keeps its type (an int may become a double), since queries of another type pass over the
 * values that there are without a word. None if the later schema can follow.
 */
export function incompatibilities(earlier: Schema, later: Schema): readonly Incompatibility[] {
  return Object.entries(earlier.attributes).flatMap(([attribute, { type, indexed }]) => {
    const now = definitionOf(later, attribute)
    const problems = [
      ...(indexed && !now?.indexed ? ['is no longer indexed'] : []),
      ...(now !== undefined && !takes(now.type, type) ? [`was of type ${type}`] : [])
    ]
    return problems.map((problem) => ({ attribute, problem }))
  })
}

/** Whether an attribute of this type takes all values of an earlier type. */
function takes(type: AttributeType, earlier: AttributeType): boolean {
  return type === earlier || (type === 'double' && earlier === 'int')
}

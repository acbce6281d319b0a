import { CloudError, compareText } from '@cloudpeer/core'
import { isAttributeName, isPseudoAttribute } from '../attributes/attribute-name.ts'
import { type AttributeValue, compareValues } from '../attributes/attribute-value.ts'
import { attributeNameLengthMax } from '../attributes/limits.ts'
import type { Schema } from '../schema/schema.ts'
import type { Subject } from './predicate.ts'
import { checkSpelling } from './resolve-attribute.ts'

/** In which order results are wanted. */
export interface OrderBy {
  /** An attribute, `name` or `owner`. */
  readonly attribute: string
  readonly descending: boolean
}

/** Reads `vcpus`, `vcpus:asc` or `vcpus:desc`. INVALID for another form, QUERY_UNKNOWN_ATTRIBUTE for a misspelt attribute. */
export function parseOrderBy(text: string, schema: Schema): OrderBy {
  const [attribute = '', direction = 'asc', ...more] = text.split(':', 3)
  if (more.length > 0 || (direction !== 'asc' && direction !== 'desc'))
    throw invalid(`${text.slice(0, 80)} is not <attribute>, <attribute>:asc or <attribute>:desc`)
  if (!isAttributeName(attribute) && !isPseudoAttribute(attribute))
    throw invalid(`${attribute.slice(0, attributeNameLengthMax)} is not a name that an attribute may have`)
  checkSpelling(attribute, schema, 1)
  return { attribute, descending: direction === 'desc' }
}

/**
 * The order of results: by the smallest value of the attribute ascending or the largest descending, values as
 * `compareValues` orders them, those without the attribute last; equals, and all without `orderBy`, by name, then owner.
 */
export function compareSubjects(orderBy: OrderBy | undefined): (a: Subject, b: Subject) => number {
  if (orderBy === undefined) return compareNames
  const { attribute, descending } = orderBy
  const keyOf = descending ? largest : smallest
  return (a, b) => compareKeys(keyOf(a, attribute), keyOf(b, attribute), descending) || compareNames(a, b)
}

function compareNames(a: Subject, b: Subject): number {
  return compareText(a.name, b.name) || compareText(a.owner, b.owner)
}

function compareKeys(a: AttributeValue | undefined, b: AttributeValue | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return descending ? compareValues(b, a) : compareValues(a, b)
}

function smallest(subject: Subject, attribute: string): AttributeValue | undefined {
  return isPseudoAttribute(attribute) ? subject[attribute] : subject.attributes[attribute]?.[0]
}

function largest(subject: Subject, attribute: string): AttributeValue | undefined {
  return isPseudoAttribute(attribute) ? subject[attribute] : subject.attributes[attribute]?.at(-1)
}

function invalid(problem: string): CloudError {
  return new CloudError('INVALID', { field: 'order by', problem })
}

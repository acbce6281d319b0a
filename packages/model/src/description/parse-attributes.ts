import { CloudError } from '@cloudpeer/core'
import { isAttributeName, isPseudoAttribute } from '../attributes/attribute-name.ts'
import type { AttributeValue } from '../attributes/attribute-value.ts'
import { type Attributes, canonicalAttributes } from '../attributes/attributes.ts'
import { attributeNameLengthMax, attributesMax, valuesMax } from '../attributes/limits.ts'
import { parseValue } from '../schema/parse-value.ts'
import { definitionOf, type Schema } from '../schema/schema.ts'

/**
 * The attributes that plain data stands for, each a value or a list of values, in canonical form. A value of the schema
 * must lie in its domain; an int takes no fraction and no text, a double takes whole numbers too. INVALID names the field.
 */
export function parseAttributes(value: unknown, schema: Schema, field = 'attributes'): Attributes {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CloudError('INVALID', { field, problem: 'must be a map of attributes' })
  const entries = Object.entries(value)
  if (entries.length > attributesMax)
    throw new CloudError('INVALID', { field, problem: `has ${entries.length} attributes, above attributesMax, ${attributesMax}` })
  const parsed = entries.map(
    ([name, values]) => [name, parseValues(name, values, schema, `${field}.${name.slice(0, attributeNameLengthMax)}`)] as const
  )
  return canonicalAttributes(Object.fromEntries(parsed))
}

function parseValues(name: string, values: unknown, schema: Schema, field: string): readonly AttributeValue[] {
  const problem = nameProblem(name) ?? (Array.isArray(values) ? countProblem(values) : undefined)
  if (problem !== undefined) throw new CloudError('INVALID', { field, problem })
  const domain = definitionOf(schema, name) ?? {}
  if (!Array.isArray(values)) return [parseValue(values, domain, field)]
  return values.map((value, index) => parseValue(value, domain, `${field}[${index}]`))
}

function nameProblem(name: string): string | undefined {
  if (isAttributeName(name)) return undefined
  if (isPseudoAttribute(name)) return 'is reserved: queries use it for the service itself'
  return 'is not a name that an attribute may have: a lower-case letter, then up to 63 lower-case letters, digits and underscores'
}

function countProblem(values: readonly unknown[]): string | undefined {
  if (values.length === 0) return 'has no value: leave the attribute out instead'
  return values.length > valuesMax ? `has ${values.length} values, above valuesMax, ${valuesMax}` : undefined
}

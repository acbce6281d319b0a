import { CloudError, validator } from '@cloudpeer/core'
import { type Static, Type } from 'typebox'
import type { AttributeValue } from '../attributes/attribute-value.ts'
import { attributeNameLengthMax } from '../attributes/limits.ts'
import type { AttributeDefinition } from './attribute-definition.ts'
import { domainValuesMax } from './limits.ts'
import { parseValue } from './parse-value.ts'

/** What an owner has in all, as a dimension: thousandths of a processor, MiB, MiB, and how many GPUs. */
export const pseudoDimensions = ['cpu', 'memory', 'disk', 'gpus'] as const

/** A dimension that is read from the owner's total capacity, not from its attributes. */
export type PseudoDimension = (typeof pseudoDimensions)[number]

/** A dimension of numbers between two ends; what lies outside counts as the end. */
export interface NumberDimension {
  readonly attribute: string
  readonly min: number
  readonly max: number
  /** `log` where equal factors are to be equally wide; then `min` is above 0. */
  readonly scale: 'linear' | 'log'
}

/** A dimension of values in a declared order, such as that of a taxonomy: neighbours are alike. */
export interface ValuesDimension {
  readonly attribute: string
  readonly values: readonly AttributeValue[]
}

/** One side of the space in which offers and requests of capacity meet. Its attribute has one value at most in an offer. */
export type Dimension = NumberDimension | ValuesDimension

const dimensionSchema = Type.Object(
  {
    attribute: Type.String({ minLength: 1, maxLength: attributeNameLengthMax }),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    scale: Type.Optional(Type.Enum(['linear', 'log'])),
    values: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: domainValuesMax }))
  },
  { additionalProperties: false }
)

type PlainDimension = Static<typeof dimensionSchema>

const dimensionValidator = validator(dimensionSchema)

/**
 * The dimensions that plain values describe, over the attributes of a schema; a pseudo-dimension is what the schema has no attribute
 * for. INVALID names the field.
 */
export function parseDimensions(
  values: readonly unknown[],
  definitionOf: (attribute: string) => AttributeDefinition | undefined,
  field: string
): readonly Dimension[] {
  const dimensions = values.map((value, index) => parseDimension(value, definitionOf, `${field}[${index}]`))
  const names = dimensions.map(({ attribute }) => attribute)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice >= 0) throw invalid(`${field}[${twice}].attribute`, 'is a dimension already')
  return dimensions
}

/** Whether a dimension is one of values in an order. */
export function isValuesDimension(dimension: Dimension): dimension is ValuesDimension {
  return 'values' in dimension
}

/** Whether a name is that of a pseudo-dimension. */
export function isPseudoDimension(name: string): name is PseudoDimension {
  return (pseudoDimensions as readonly string[]).includes(name)
}

function parseDimension(value: unknown, definitionOf: (attribute: string) => AttributeDefinition | undefined, field: string): Dimension {
  const plain = dimensionValidator.parse(value, field)
  const type = definitionOf(plain.attribute)?.type ?? (isPseudoDimension(plain.attribute) ? 'int' : undefined)
  if (type === undefined) throw invalid(`${field}.attribute`, `is neither an attribute of the schema nor ${pseudoDimensions.join(', ')}`)
  if (plain.values !== undefined) return valuesDimension(plain, type, field)
  if (type === 'string' || type === 'boolean') throw invalid(`${field}.values`, `are missing: the values of a ${type} have no ends`)
  return numberDimension(plain, field)
}

function valuesDimension(
  { attribute, min, max, scale, values = [] }: PlainDimension,
  type: AttributeDefinition['type'],
  field: string
): Dimension {
  for (const [name, end] of Object.entries({ min, max, scale })) {
    if (end !== undefined) throw invalid(`${field}.${name}`, 'does not go with values')
  }
  const parsed = values.map((value, index) => parseValue(value, { type }, `${field}.values[${index}]`))
  const twice = parsed.findIndex((value, index) => parsed.indexOf(value) !== index)
  if (twice >= 0) throw invalid(`${field}.values[${twice}]`, 'is there twice')
  return { attribute, values: parsed }
}

function numberDimension({ attribute, min, max, scale = 'linear' }: PlainDimension, field: string): Dimension {
  if (min === undefined) throw invalid(`${field}.min`, 'is missing')
  if (max === undefined) throw invalid(`${field}.max`, 'is missing')
  if (min >= max) throw invalid(`${field}.min`, `${min} is not less than max, ${max}`)
  if (scale === 'log' && min <= 0) throw invalid(`${field}.min`, `${min} has no logarithm`)
  return { attribute, min, max, scale }
}

function invalid(field: string, problem: string): CloudError {
  return new CloudError('INVALID', { field, problem })
}

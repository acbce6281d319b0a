import { CloudError, compareText, validator } from '@cloudpeer/core'
import { type Static, Type } from 'typebox'
import { isAttributeName } from '../attributes/attribute-name.ts'
import { type AttributeValue, attributeTypes } from '../attributes/attribute-value.ts'
import { attributeNameLengthMax } from '../attributes/limits.ts'
import type { AttributeDefinition } from './attribute-definition.ts'
import { type Dimension, parseDimensions } from './dimension.ts'
import { dimensionsMax, domainValuesMax } from './limits.ts'
import { parseValue } from './parse-value.ts'

/** The most attributes of a schema. */
export const schemaAttributesMax = 256

/** The most indexed attributes: each costs k copies of every record that has it. */
export const indexedAttributesMax = 16

/** The longest name of a unit, in characters. */
export const unitLengthMax = 32

/** The longest description of an attribute, in characters. */
export const attributeDescriptionLengthMax = 1024

/** The attributes that all members of a network agree on, in order of name. */
export interface Schema {
  /** Grows with each change. */
  readonly version: number
  readonly attributes: Readonly<Record<string, AttributeDefinition>>
  /** The sides of the space in which offers and requests of capacity meet; one cell for all of them if absent or empty. */
  readonly dimensions?: readonly Dimension[]
}

const definitionSchema = Type.Object(
  {
    type: Type.Enum([...attributeTypes]),
    unit: Type.Optional(Type.String({ minLength: 1, maxLength: unitLengthMax })),
    description: Type.Optional(Type.String({ maxLength: attributeDescriptionLengthMax })),
    min: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
    values: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, maxItems: domainValuesMax })),
    class: Type.Optional(Type.Enum(['static', 'dynamic'])),
    indexed: Type.Optional(Type.Boolean()),
    weight: Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))
  },
  { additionalProperties: false }
)

type PlainDefinition = Static<typeof definitionSchema>

const definitionValidator = validator(definitionSchema)

const schemaValidator = validator(
  Type.Object(
    {
      version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      attributes: Type.Record(Type.String(), Type.Unknown(), { maxProperties: schemaAttributesMax }),
      dimensions: Type.Optional(Type.Array(Type.Unknown(), { maxItems: dimensionsMax }))
    },
    { additionalProperties: false }
  )
)

/** A schema with nothing in it: every attribute is typed by its values. */
export const emptySchema: Schema = { version: 0, attributes: {} }

/** The schema that a value from outside describes, defaults filled in. INVALID names the field. */
export function parseSchema(value: unknown, field = 'schema'): Schema {
  const { version, attributes, dimensions } = schemaValidator.parse(value, field)
  const names = Object.keys(attributes).sort(compareText)
  const definitions = names.map(
    (name) => [name, parseDefinition(name, attributes[name], `${field}.attributes.${name.slice(0, attributeNameLengthMax)}`)] as const
  )
  const indexed = definitions.filter(([, definition]) => definition.indexed).length
  if (indexed > indexedAttributesMax) {
    throw new CloudError('INVALID', { field: `${field}.attributes`, problem: `${indexed} are indexed, more than ${indexedAttributesMax}` })
  }
  const schema: Schema = { version, attributes: Object.fromEntries(definitions) }
  if (dimensions === undefined) return schema
  return { ...schema, dimensions: parseDimensions(dimensions, (name) => definitionOf(schema, name), `${field}.dimensions`) }
}

/** The definition of an attribute, or undefined for one outside the schema. */
export function definitionOf(schema: Schema, attribute: string): AttributeDefinition | undefined {
  return Object.hasOwn(schema.attributes, attribute) ? schema.attributes[attribute] : undefined
}

function parseDefinition(name: string, value: unknown, field: string): AttributeDefinition {
  if (!isAttributeName(name)) throw new CloudError('INVALID', { field, problem: 'is not a name that an attribute may have' })
  const plain = definitionValidator.parse(value, field)
  checkRange(plain, field)
  const definition = { ...plain, class: plain.class ?? 'static', indexed: plain.indexed ?? false, weight: plain.weight ?? 1 }
  return definition.values === undefined ? (definition as AttributeDefinition) : { ...definition, values: parseDomain(definition, field) }
}

function checkRange({ type, min, max }: PlainDefinition, field: string): void {
  for (const [end, bound] of Object.entries({ min, max })) {
    if (bound === undefined) continue
    if (type === 'string' || type === 'boolean')
      throw new CloudError('INVALID', { field: `${field}.${end}`, problem: `a ${type} has no ${end}` })
    parseValue(bound, { type }, `${field}.${end}`)
  }
  if (min !== undefined && max !== undefined && min > max)
    throw new CloudError('INVALID', { field: `${field}.min`, problem: `${min} is more than max, ${max}` })
}

/** The closed domain, each value of the attribute's type and in its range, none twice. */
function parseDomain({ type, min, max, values = [] }: PlainDefinition, field: string): readonly AttributeValue[] {
  const range = { type, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  const parsed = values.map((value, index) => parseValue(value, range, `${field}.values[${index}]`))
  const twice = parsed.findIndex((value, index) => parsed.indexOf(value) !== index)
  if (twice >= 0) throw new CloudError('INVALID', { field: `${field}.values[${twice}]`, problem: 'is there twice' })
  return parsed
}

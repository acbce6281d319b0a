import { CloudError, encode, validator } from '@cloudpeer/core'
import { Type } from 'typebox'
import type { Attributes } from '../attributes/attributes.ts'
import { attributesMax } from '../attributes/limits.ts'
import type { Schema } from '../schema/schema.ts'
import { parseAttributes } from './parse-attributes.ts'

/** The longest name of a service, in characters. */
export const nameLengthMax = 128

/** The most endpoints of a service. */
export const endpointsMax = 16

/** The longest endpoint, in characters. */
export const endpointLengthMax = 256

/** The largest description, in bytes of its encoding. */
export const descriptionBytesMax = 16 * 1024

/** What an owner says about one of its services. */
export interface ServiceDescription {
  /** Unique per owner. */
  readonly name: string
  readonly attributes: Attributes
  /** Where it is reached, in the owner's order: URLs or multiaddrs, which nobody here interprets. */
  readonly endpoints: readonly string[]
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** The schema of a service's name: letters, digits, `.`, `_` and `-`, the first a letter or a digit. */
export const nameSchema = Type.String({ minLength: 1, maxLength: nameLengthMax, pattern: namePattern.source })

/** The schema of a service's endpoints: printable ASCII without spaces. */
export const endpointsSchema = Type.Array(Type.String({ minLength: 1, maxLength: endpointLengthMax, pattern: '^[!-~]*$' }), {
  maxItems: endpointsMax
})

const plainValidator = validator(
  Type.Object(
    {
      name: nameSchema,
      attributes: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: attributesMax })),
      endpoints: Type.Optional(endpointsSchema)
    },
    { additionalProperties: false }
  )
)

/**
 * The description that plain data stands for: `{name, attributes?, endpoints?}`, an attribute being a value or a list of
 * values. Every value is checked against the schema. INVALID names the field by its path below `field`.
 */
export function parseDescription(value: unknown, schema: Schema, field = 'description'): ServiceDescription {
  const { name, attributes = {}, endpoints = [] } = plainValidator.parse(value, field)
  const description = { name, attributes: parseAttributes(attributes, schema, `${field}.attributes`), endpoints: [...endpoints] }
  const bytes = encode(description).length
  if (bytes > descriptionBytesMax) {
    throw new CloudError('INVALID', { field, problem: `has ${bytes} bytes, above descriptionBytesMax, ${descriptionBytesMax}` })
  }
  return description
}

import { Type } from 'typebox'

const value = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

/** Attributes as people write them: a plain value, or a list where there are several. */
export const attributesSchema = Type.Record(Type.String(), Type.Union([value, Type.Array(value)]), {
  description: 'a plain value, or a list where an attribute has several'
})

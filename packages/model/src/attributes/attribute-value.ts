/** The types that an attribute of the schema may have. */
export const attributeTypes = ['int', 'double', 'string', 'boolean'] as const

/** The type of an attribute: an int is a safe integer, a double any finite number. */
export type AttributeType = (typeof attributeTypes)[number]

/** One value of an attribute. */
export type AttributeValue = string | number | boolean

/** The type of a value outside the schema: every number is a double. */
export function typeOfValue(value: AttributeValue): AttributeType {
  return typeof value === 'number' ? 'double' : typeof value === 'string' ? 'string' : 'boolean'
}

/** The total order of values: numbers, then strings by code unit, then false and true. */
export function compareValues(a: AttributeValue, b: AttributeValue): number {
  if (typeof a !== typeof b) return typeRank(a) - typeRank(b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** The one form of equal values: strings in Unicode form NFC, zero without a sign. */
export function canonicalValue<T extends AttributeValue>(value: T): T
export function canonicalValue(value: AttributeValue): AttributeValue {
  if (typeof value === 'string') return value.normalize('NFC')
  return value === 0 ? 0 : value
}

function typeRank(value: AttributeValue): number {
  return typeof value === 'number' ? 0 : typeof value === 'string' ? 1 : 2
}

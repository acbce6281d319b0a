import { compareText } from '@cloudpeer/core'
import { Type } from 'typebox'
import { isAttributeName } from './attribute-name.ts'
import { type AttributeValue, canonicalValue, compareValues } from './attribute-value.ts'
import { attributesMax, textBytesMax, valuesMax } from './limits.ts'
import { textBytes } from './text-bytes.ts'

/**
 * The attributes of a service in canonical form: names in order of code unit, each with 1 to `valuesMax` different values
 * in the order of `compareValues`, strings in NFC, zero without a sign. Equal attributes have equal encodings.
 */
export type Attributes = Readonly<Record<string, readonly AttributeValue[]>>

/** Attributes as people and programs write them: a plain value where there is but one. */
export type PlainAttributes = Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>

/** The canonical form of attributes that are known to be valid. */
export function canonicalAttributes(attributes: PlainAttributes): Attributes {
  const names = Object.keys(attributes).sort(compareText)
  return Object.fromEntries(names.map((name) => [name, canonicalValues(attributes[name] as AttributeValue)]))
}

/** The attributes as plain values, or lists where there are several. */
export function plainAttributes(attributes: Attributes): PlainAttributes {
  const plain = Object.entries(attributes).map(
    ([name, values]) => [name, values.length === 1 ? (values[0] as AttributeValue) : values] as const
  )
  return Object.fromEntries(plain)
}

/** Whether a value from outside is {@link Attributes} in canonical form, within all bounds. */
export function isCanonicalAttributes(value: unknown): value is Attributes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const names = Object.keys(value)
  if (names.length > attributesMax) return false
  return names.every((name, index) => {
    const inOrder = index === 0 || (names[index - 1] as string) < name
    return inOrder && isAttributeName(name) && areCanonicalValues((value as Record<string, unknown>)[name])
  })
}

/**
 * The schema of {@link Attributes} on the wire: what is not canonical is refused, but for the order of the names, of which deterministic
 * CBOR has one of its own (by length first).
 */
export const attributesSchema: Type.TUnsafe<Attributes> = Type.Refine(
  Type.Unsafe<Attributes>({}),
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isCanonicalAttributes(inOrder(value as Attributes)),
  () => 'must be attributes in canonical form'
)

function inOrder(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => compareText(a, b)))
}

function canonicalValues(values: AttributeValue | readonly AttributeValue[]): readonly AttributeValue[] {
  if (typeof values !== 'object') return [canonicalValue(values)]
  return [...new Set(values.map((value) => canonicalValue(value)))].sort(compareValues)
}

function areCanonicalValues(values: unknown): boolean {
  if (!Array.isArray(values) || values.length === 0 || values.length > valuesMax) return false
  return values.every((value, index) => isCanonicalValue(value) && (index === 0 || compareValues(values[index - 1], value) < 0))
}

function isCanonicalValue(value: unknown): boolean {
  if (typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  return typeof value === 'string' && value.isWellFormed() && textBytes(value) <= textBytesMax && value.normalize('NFC') === value
}

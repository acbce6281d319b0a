import { CloudError } from '@cloudpeer/core'
import { type AttributeType, type AttributeValue, canonicalValue } from '../attributes/attribute-value.ts'
import { textBytesMax } from '../attributes/limits.ts'
import { textBytes } from '../attributes/text-bytes.ts'

/** The values that an attribute may have; without a type, any. */
export interface Domain {
  readonly type?: AttributeType
  readonly min?: number
  readonly max?: number
  readonly values?: readonly AttributeValue[]
}

/** The canonical attribute value that `value` is. INVALID, naming `field`, for anything outside the domain. */
export function parseValue(value: unknown, domain: Domain, field: string): AttributeValue {
  const problem = valueProblem(value) ?? domainProblem(value as AttributeValue, domain)
  if (problem !== undefined) throw new CloudError('INVALID', { field, problem })
  return canonicalValue(value as AttributeValue)
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value} is not a finite number`
  if (typeof value === 'string') return textProblem(value)
  if (value === null || value === undefined) return 'is null: leave the attribute out to say that it has no value'
  return `is ${Array.isArray(value) ? 'a list' : `of type ${typeof value}`}, not a number, a string or a boolean`
}

function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return 'is not well-formed Unicode'
  // A text has at least as many bytes as code units, so that a huge one is refused without being measured.
  const bytes = text.length > textBytesMax ? text.length : textBytes(text.normalize('NFC'))
  return bytes > textBytesMax ? `has ${bytes} bytes or more, above textBytesMax, ${textBytesMax}` : undefined
}

function domainProblem(value: AttributeValue, { type, min, max, values }: Domain): string | undefined {
  if (type !== undefined && !isOfType(value, type)) return `${shown(value)} is not of type ${type}`
  if (min !== undefined && (value as number) < min) return `${shown(value)} is less than ${min}`
  if (max !== undefined && (value as number) > max) return `${shown(value)} is more than ${max}`
  if (values !== undefined && !values.includes(canonicalValue(value))) return `${shown(value)} is none of ${listed(values)}`
  return undefined
}

function isOfType(value: AttributeValue, type: AttributeType): boolean {
  if (type === 'int') return Number.isSafeInteger(value)
  return typeof value === (type === 'double' ? 'number' : type)
}

function shown(value: AttributeValue): string {
  return JSON.stringify(value).slice(0, 64)
}

function listed(values: readonly AttributeValue[]): string {
  const first = values.slice(0, 8).map(shown).join(', ')
  return values.length > 8 ? `${first} and ${values.length - 8} more` : first
}

import { CloudError, type ErrorFields } from './cloud-error.ts'

/** An error as it travels between nodes and in the API: its code beside its fields. */
export type WireError = { readonly code: string } & ErrorFields

/** The most fields that are read from a peer's error, and the most characters of each. */
export const wireErrorFieldsMax = 16
export const wireErrorTextMax = 1024

/** The wire form. Anything but a {@link CloudError} becomes INTERNAL: a stranger learns nothing of our insides. */
export function wireErrorFrom(error: unknown): WireError {
  if (!(error instanceof CloudError)) return { code: 'INTERNAL' }
  return { ...bounded(error.fields), code: error.code }
}

/** The error that a peer reported. Fields of other than plain types are dropped, long texts are cut. */
export function cloudErrorFromWire(wire: unknown, cause?: unknown): CloudError {
  if (typeof wire !== 'object' || wire === null) return new CloudError('MALFORMED', { field: 'error', problem: 'not a map' })
  const { code, ...fields } = wire as Record<string, unknown>
  if (typeof code !== 'string') return new CloudError('MALFORMED', { field: 'error.code', problem: 'not a text' })
  return new CloudError(code.slice(0, 64), bounded(fields), { cause })
}

function bounded(fields: Readonly<Record<string, unknown>>): ErrorFields {
  const kept: Record<string, string | number | boolean | readonly string[]> = {}
  for (const [name, value] of Object.entries(fields).slice(0, wireErrorFieldsMax)) {
    if (typeof value === 'string') kept[name] = value.slice(0, wireErrorTextMax)
    else if (typeof value === 'number') kept[name] = Number.isFinite(value) ? value : String(value)
    else if (typeof value === 'boolean') kept[name] = value
    else if (Array.isArray(value)) kept[name] = value.slice(0, wireErrorFieldsMax).map((item) => String(item).slice(0, wireErrorTextMax))
  }
  return kept
}

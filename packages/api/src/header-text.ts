import { CloudError } from '@cloudpeer/core'

/** The name of the header in which a field travels: of `idempotencyKey` it is `idempotency-key`. */
export function headerName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A text as the value of a header: a String of structured fields (RFC 9651, section 3.3.3). */
export function headerFrom(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** What the value of a header says: a String, or, as many send it, a word without the quotes. INVALID, naming the field. */
export function textFrom(value: unknown, field: string): string {
  const [, quoted, word] = /^(?:"((?:[^"\\]|\\["\\])*)"|([^",;\\\s]*))$/.exec(String(value)) ?? []
  const text = quoted?.replace(/\\(.)/g, '$1') ?? word
  if (text === undefined) throw new CloudError('INVALID', { field, problem: 'must be one text in double quotes' })
  return text
}

import { CloudError } from '@cloudpeer/core'

/** The whole number that a command line gives for a field. INVALID, naming the field, for anything else. */
export function numberIn(field: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new CloudError('INVALID', {
    field,
    problem: `must be a whole number from ${min} to ${max}, not ${JSON.stringify(text.slice(0, 32))}`
  })
}

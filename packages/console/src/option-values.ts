import { idempotencyKeyLengthMax } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { parseCpu, parseGpuShare, parseQuantity } from '@cloudpeer/model'
import { InvalidArgumentError } from 'commander'

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Processors, such as `2` or `500m`, in thousandths. */
export const cpuValue = (text: string): number => judged(() => parseCpu(text, 'cpu'))

/** Memory or disk, such as `4GiB`, in MiB. */
export const quantityValue = (text: string): number => judged(() => parseQuantity(text, 'quantity'))

/** A share of a GPU, such as `0.5`, in thousandths. */
export const shareValue = (text: string): number => judged(() => parseGpuShare(text, 'share'))

/** A whole number from `min` to `max`. */
export function integerValue(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= min && number <= max)) throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    return number
  }
}

/** A duration, such as `30s`, `5m` or `2h`, in ms; from 1 ms to `max`. */
export function durationValue(max: number): (text: string) => number {
  return (text) => {
    const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? []
    const ms = Math.round(Number(number) * (msPerUnit[unit] ?? Number.NaN))
    if (!(ms >= 1 && ms <= max)) throw new InvalidArgumentError('It must be a duration such as 30s, 5m, 2h or 1d, of a year at most.')
    return ms
  }
}

/** A key by which a request may be sent twice. */
export function keyValue(text: string): string {
  if (!/^[ -~]+$/.test(text) || text.length > idempotencyKeyLengthMax)
    throw new InvalidArgumentError(`It must have 1 to ${idempotencyKeyLengthMax} printable ASCII characters.`)
  return text
}

/** Adds `name=value` to what earlier ones of the same option said. */
export function namedValue(
  text: string,
  earlier: ReadonlyMap<string, readonly string[]> = new Map()
): ReadonlyMap<string, readonly string[]> {
  const [, name, value] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.')
  return new Map([...earlier, [name, [...(earlier.get(name) ?? []), value]]])
}

/** Adds `name=amount`, a whole number, to what earlier ones of the same option said. */
export function namedAmount(text: string, earlier: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const [[name, [amount = '']]] = [...namedValue(text)] as [[string, readonly string[]]]
  return { ...earlier, [name]: integerValue(0, Number.MAX_SAFE_INTEGER)(amount) }
}

/** Commander names the option and the text; what is wrong with it is told behind. */
function judged<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof CloudError)
      throw new InvalidArgumentError(`It${String(error.fields.problem).replace(/^".*?" is not/s, ' must be')}.`)
    throw error
  }
}

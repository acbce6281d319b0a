import { CloudError } from '@cloudpeer/core'
import { amountMax, gpuMilliMax } from './capacity.ts'

const mibPerUnit: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 ** 2 }

/** Memory or disk as people write it, such as `512MiB`, `4GiB` or `1.5TiB`, in MiB. INVALID names the field. */
export function parseQuantity(text: string, field: string): number {
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text) ?? []
  const mib = unit !== undefined && Object.hasOwn(mibPerUnit, unit) ? mibPerUnit[unit] : undefined
  if (number === undefined || mib === undefined) throw invalid(field, text, 'a number with MiB, GiB or TiB, such as 4GiB')
  return wholeNumber(Number(number) * mib, amountMax, { field, text, unit: 'MiB' })
}

/** Processors as people write them, such as `2`, `0.5` or `500m`, in thousandths. INVALID names the field. */
export function parseCpu(text: string, field: string): number {
  const [, number, milli] = /^(\d{1,15}(?:\.\d{1,6})?)(m?)$/.exec(text) ?? []
  if (number === undefined) throw invalid(field, text, 'a number of processors, such as 2, 0.5 or 500m')
  return wholeNumber(milli === 'm' ? Number(number) : thousandths(number), amountMax, { field, text, unit: 'thousandths' })
}

/** A share of one GPU as people write it, more than 0 and at most 1, such as `0.5`, in thousandths. INVALID names the field. */
export function parseGpuShare(text: string, field: string): number {
  if (!/^[01](?:\.\d{1,6})?$/.test(text)) throw invalid(field, text, 'a share of a GPU, such as 0.5')
  const milli = wholeNumber(thousandths(text), gpuMilliMax, { field, text, unit: 'thousandths' })
  if (milli === 0) throw invalid(field, text, 'a share of a GPU that is more than 0')
  return milli
}

/** A decimal text times 1000: rounded, because 4.35 * 1000 is not 4350, unless there are digits that thousandths cannot hold. */
function thousandths(text: string): number {
  const product = Number(text) * 1000
  const rounded = Math.round(product)
  return Math.abs(product - rounded) < 1e-4 ? rounded : product
}

function wholeNumber(amount: number, max: number, { field, text, unit }: { field: string; text: string; unit: string }): number {
  if (!Number.isInteger(amount)) throw invalid(field, text, `a whole number of ${unit}`)
  if (amount > max) throw invalid(field, text, `at most ${max} ${unit}`)
  return amount
}

function invalid(field: string, text: string, wanted: string): CloudError {
  return new CloudError('INVALID', { field, problem: `${JSON.stringify(text.slice(0, 64))} is not ${wanted}` })
}

import type { Allocation, CapacityAmounts, RequestAmounts } from '@cloudpeer/api'
import { byteSize, counted, grouped, printable } from './text.ts'

/** Processors as people count them: `2`, `0.5`. */
export function cpuText(milli: number): string {
  return grouped(milli / 1000)
}

/** Memory or disk: `4 GiB`. */
export function quantityText(mib: number): string {
  return byteSize(mib * 2 ** 20)
}

/** GPUs of a machine by model: `2 A100M80, 0.5 T4`; `-` for none. */
export function gpusText(gpus: CapacityAmounts['gpus']): string {
  const milliOf = new Map<string, number>()
  for (const { model, milli } of gpus) milliOf.set(model, (milliOf.get(model) ?? 0) + milli)
  return [...milliOf].map(([model, milli]) => `${grouped(milli / 1000)} ${printable(model)}`).join(', ') || '-'
}

/** What one lease is to give: `2 CPUs, 4 GiB memory, 1 GPU (T4)`. */
export function amountsText({ gpu, ...amounts }: RequestAmounts): string {
  const models = gpu && gpu.models.length > 0 ? ` (${gpu.models.map(printable).join(' or ')})` : ''
  const gpus = gpu && `${gpu.milli === 1000 ? '' : `${gpu.milli / 1000} of `}${counted(gpu.count, 'GPU')}${models}`
  return joined([...plainTexts(amounts), ...(gpus === undefined ? [] : [gpus])])
}

/** What a lease takes: `2 CPUs, 4 GiB memory, GPU 0, 0.5 of GPU 3`. */
export function allocationText({ gpus, ...amounts }: Allocation): string {
  return joined([...plainTexts(amounts), ...gpus.map(({ place, milli }) => `${milli === 1000 ? '' : `${milli / 1000} of `}GPU ${place}`)])
}

function plainTexts({ cpuMilli, memoryMib, diskMib, others }: Pick<Allocation, 'cpuMilli' | 'memoryMib' | 'diskMib' | 'others'>): string[] {
  return [
    ...(cpuMilli > 0 ? [`${cpuText(cpuMilli)} ${cpuMilli === 1000 ? 'CPU' : 'CPUs'}`] : []),
    ...(memoryMib > 0 ? [`${quantityText(memoryMib)} memory`] : []),
    ...(diskMib > 0 ? [`${quantityText(diskMib)} disk`] : []),
    ...Object.entries(others).map(([name, amount]) => `${grouped(amount)} ${printable(name)}`)
  ]
}

function joined(texts: readonly string[]): string {
  return texts.join(', ') || 'nothing'
}

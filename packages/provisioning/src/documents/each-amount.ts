import { compareText } from '@cloudpeer/core'
import type { Amounts, GpuAmount } from '@cloudpeer/model'

/** One of the amounts of a request. */
export interface OneAmount {
  /** Such as `cpu >= 2000 milli`. */
  readonly text: string
  /** It alone, and all others without it. */
  readonly alone: Amounts
  readonly without: Amounts
}

const nothing: Amounts = { cpuMilli: 0, memoryMib: 0, diskMib: 0, others: {} }

/** Each amount of a request that is not zero: processors, memory, disk, GPUs, and the others by name. The order of a census. */
export function eachAmount(amounts: Amounts): readonly OneAmount[] {
  const { cpuMilli, memoryMib, diskMib, gpu, others } = amounts
  const { gpu: _, ...withoutGpu } = amounts
  const named = Object.keys(others).sort(compareText)
  const all = [
    cpuMilli > 0 && { text: `cpu >= ${cpuMilli} milli`, alone: { ...nothing, cpuMilli }, without: { ...amounts, cpuMilli: 0 } },
    memoryMib > 0 && { text: `memory >= ${memoryMib} MiB`, alone: { ...nothing, memoryMib }, without: { ...amounts, memoryMib: 0 } },
    diskMib > 0 && { text: `disk >= ${diskMib} MiB`, alone: { ...nothing, diskMib }, without: { ...amounts, diskMib: 0 } },
    gpu !== undefined && { text: gpuText(gpu), alone: { ...nothing, gpu }, without: withoutGpu },
    ...named.map((name) => (others[name] as number) > 0 && oneOfOthers(amounts, name))
  ]
  return all.filter((amount) => amount !== false)
}

function oneOfOthers(amounts: Amounts, name: string): OneAmount {
  const { [name]: amount = 0, ...rest } = amounts.others
  return { text: `${name} >= ${amount}`, alone: { ...nothing, others: { [name]: amount } }, without: { ...amounts, others: rest } }
}

function gpuText({ count, milli, models }: GpuAmount): string {
  const share = milli === 1000 ? '' : ` with ${milli} milli each`
  return `gpus >= ${count}${share}${models.length === 0 ? '' : ` of ${models.join(' or ')}`}`
}

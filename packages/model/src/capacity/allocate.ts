import type { Allocation, Amounts, Capacity, GpuAmount, GpuShare } from './capacity.ts'

/**
 * What a lease of `amounts` would take of what is free; undefined where that is not enough. Of GPUs it takes different ones, those
 * with the least free first, and of equals the first: whole ones stay whole for as long as they can.
 */
export function allocate(free: Capacity, { gpu, ...amounts }: Amounts): Allocation | undefined {
  if (!hasPlain(free, amounts)) return undefined
  const gpus = gpu === undefined ? [] : gpuShares(free, gpu)
  return gpus && { ...amounts, gpus }
}

/** Whether a machine could give `amounts` if nothing of it were taken. */
export function fits(total: Capacity, amounts: Amounts): boolean {
  return allocate(total, amounts) !== undefined
}

/** How much there is of one of the other amounts; 0 of what nobody declared. */
export function otherAmount(others: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(others, name) ? (others[name] as number) : 0
}

function hasPlain(free: Capacity, { cpuMilli, memoryMib, diskMib, others }: Omit<Amounts, 'gpu'>): boolean {
  return (
    cpuMilli <= free.cpuMilli &&
    memoryMib <= free.memoryMib &&
    diskMib <= free.diskMib &&
    Object.keys(others).every((name) => otherAmount(others, name) <= otherAmount(free.others, name))
  )
}

function gpuShares({ gpus }: Capacity, { count, milli, models }: GpuAmount): readonly GpuShare[] | undefined {
  const candidates = gpus
    .map((gpu, place) => ({ ...gpu, place }))
    .filter((gpu) => gpu.milli >= milli && (models.length === 0 || models.includes(gpu.model)))
    .sort((a, b) => a.milli - b.milli || a.place - b.place)
  if (candidates.length < count) return undefined
  const places = candidates.slice(0, count).map(({ place }) => place)
  return places.sort((a, b) => a - b).map((place) => ({ place, milli }))
}

import type { Allocation, Amounts, Capacity } from '@cloudpeer/model'

/** Amounts by name, a GPU's by its place: plain sums that share no code with those that are judged. */
export type Sums = ReadonlyMap<string, number>

/** What some leases have together. */
export function sumOf(allocations: Iterable<Allocation>): Sums {
  const sums = new Map<string, number>()
  const add = (name: string, amount: number): void => void sums.set(name, (sums.get(name) ?? 0) + amount)
  for (const { cpuMilli, memoryMib, diskMib, gpus, others } of allocations) {
    add('cpuMilli', cpuMilli)
    add('memoryMib', memoryMib)
    add('diskMib', diskMib)
    for (const { place, milli } of gpus) add(`gpu ${place}`, milli)
    for (const [name, amount] of Object.entries(others)) add(name, amount)
  }
  return sums
}

/** What is more than a machine has, in words; undefined if nothing is. */
export function excess(sums: Sums, total: Capacity): string | undefined {
  for (const [name, amount] of sums) {
    const most = amountOf(total, name)
    if (amount > most) return `${amount} of ${most} ${name}`
  }
  return undefined
}

/** What is left of a machine. */
export function remainder(total: Capacity, sums: Sums): Capacity {
  const left = (name: string): number => amountOf(total, name) - (sums.get(name) ?? 0)
  return {
    cpuMilli: left('cpuMilli'),
    memoryMib: left('memoryMib'),
    diskMib: left('diskMib'),
    gpus: total.gpus.map(({ model }, place) => ({ model, milli: left(`gpu ${place}`) })),
    others: Object.fromEntries(Object.keys(total.others).map((name) => [name, left(name)]))
  }
}

/** What a lease of some amounts would take of what is free, by plain first fit; undefined where it does not fit. */
export function firstFit(free: Capacity, { cpuMilli, memoryMib, diskMib, gpu, others }: Amounts): Allocation | undefined {
  if (cpuMilli > free.cpuMilli || memoryMib > free.memoryMib || diskMib > free.diskMib) return undefined
  if (Object.entries(others).some(([name, amount]) => amount > (free.others[name] ?? 0))) return undefined
  const gpus = free.gpus.flatMap(({ model, milli }, place) => {
    const isWanted = gpu !== undefined && milli >= gpu.milli && (gpu.models.length === 0 || gpu.models.includes(model))
    return isWanted ? [{ place, milli: gpu.milli }] : []
  })
  if (gpus.length < (gpu?.count ?? 0)) return undefined
  return { cpuMilli, memoryMib, diskMib, gpus: gpus.slice(0, gpu?.count ?? 0), others }
}

function amountOf(total: Capacity, name: string): number {
  const place = /^gpu (\d+)$/.exec(name)?.[1]
  if (place !== undefined) return total.gpus[Number(place)]?.milli ?? 0
  if (name === 'cpuMilli' || name === 'memoryMib' || name === 'diskMib') return total[name]
  return total.others[name] ?? 0
}

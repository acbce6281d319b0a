import { CloudError } from '@cloudpeer/core'
import { type Allocation, type Capacity, otherAmount } from '@cloudpeer/model'

/**
 * What is free of a new total once the leases that there are have theirs. CAPACITY_IN_USE, naming the first field of which they have more
 * than there would be. A GPU of which anything is leased stays the model that it is.
 */
export function freeAfterChange(before: Capacity, total: Capacity, leases: Iterable<{ readonly allocation: Allocation }>): Capacity {
  const taken = sumOf(leases)
  const rest = (field: string, wanted: number, leased: number): number => {
    if (leased > wanted) throw new CloudError('CAPACITY_IN_USE', { field, leased, wanted })
    return wanted - leased
  }
  for (const [place, milli] of taken.gpus) {
    const gpu = total.gpus[place]
    const isSame = gpu !== undefined && gpu.model === before.gpus[place]?.model
    rest(`gpus[${place}]`, isSame ? gpu.milli : 0, milli)
  }
  for (const [name, amount] of taken.others) rest(`others.${name}`, otherAmount(total.others, name), amount)
  return {
    cpuMilli: rest('cpuMilli', total.cpuMilli, taken.cpuMilli),
    memoryMib: rest('memoryMib', total.memoryMib, taken.memoryMib),
    diskMib: rest('diskMib', total.diskMib, taken.diskMib),
    gpus: total.gpus.map(({ model, milli }, place) => ({ model, milli: milli - (taken.gpus.get(place) ?? 0) })),
    others: Object.fromEntries(Object.entries(total.others).map(([name, amount]) => [name, amount - (taken.others.get(name) ?? 0)]))
  }
}

interface Taken {
  cpuMilli: number
  memoryMib: number
  diskMib: number
  readonly gpus: Map<number, number>
  readonly others: Map<string, number>
}

function sumOf(leases: Iterable<{ readonly allocation: Allocation }>): Taken {
  const taken: Taken = { cpuMilli: 0, memoryMib: 0, diskMib: 0, gpus: new Map(), others: new Map() }
  for (const { allocation } of leases) {
    taken.cpuMilli += allocation.cpuMilli
    taken.memoryMib += allocation.memoryMib
    taken.diskMib += allocation.diskMib
    for (const { place, milli } of allocation.gpus) taken.gpus.set(place, (taken.gpus.get(place) ?? 0) + milli)
    for (const [name, amount] of Object.entries(allocation.others)) taken.others.set(name, (taken.others.get(name) ?? 0) + amount)
  }
  return taken
}

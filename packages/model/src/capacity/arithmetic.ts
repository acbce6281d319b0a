import { assert } from '@cloudpeer/core'
import { otherAmount } from './allocate.ts'
import type { Allocation, Capacity, Gpu } from './capacity.ts'

/** A new amount of one field, from what there was and what a lease has of it. */
type Combine = (amount: number, change: number, field: string) => number

/** What is left of `free` once `allocation` is taken. Taking what is not there is a bug. */
export function minus(free: Capacity, allocation: Allocation): Capacity {
  return combined(free, allocation, (amount, taken, field) => {
    assert(taken <= amount, `${field}: ${taken} taken of ${amount}`)
    return amount - taken
  })
}

/** What is free once `allocation` is given back. Having more than `total` then is a bug. */
export function plus(free: Capacity, allocation: Allocation, total: Capacity): Capacity {
  const sum = combined(free, allocation, (amount, given) => amount + given)
  assert(isWithin(sum, total), 'more is free than there is')
  return sum
}

/** A machine of the same shape of which nothing is free. */
export function zeroOf({ gpus, others }: Capacity): Capacity {
  return {
    cpuMilli: 0,
    memoryMib: 0,
    diskMib: 0,
    gpus: gpus.map(({ model }) => ({ model, milli: 0 })),
    others: Object.fromEntries(Object.keys(others).map((name) => [name, 0]))
  }
}

function combined(free: Capacity, allocation: Allocation, combine: Combine): Capacity {
  return {
    cpuMilli: combine(free.cpuMilli, allocation.cpuMilli, 'cpuMilli'),
    memoryMib: combine(free.memoryMib, allocation.memoryMib, 'memoryMib'),
    diskMib: combine(free.diskMib, allocation.diskMib, 'diskMib'),
    gpus: combinedGpus(free, allocation, combine),
    others: combinedOthers(free, allocation, combine)
  }
}

function combinedGpus(free: Capacity, { gpus }: Allocation, combine: Combine): Gpu[] {
  const combinedAll = [...free.gpus]
  for (const { place, milli } of gpus) {
    const gpu = combinedAll[place]
    assert(gpu !== undefined, `no GPU at place ${place}`)
    combinedAll[place] = { ...gpu, milli: combine(gpu.milli, milli, `gpus[${place}]`) }
  }
  return combinedAll
}

function combinedOthers(free: Capacity, { others }: Allocation, combine: Combine): Readonly<Record<string, number>> {
  const unknown = Object.keys(others).find((name) => !Object.hasOwn(free.others, name) && otherAmount(others, name) > 0)
  assert(unknown === undefined, `there are no ${unknown}`)
  return Object.fromEntries(
    Object.entries(free.others).map(([name, amount]) => [name, combine(amount, otherAmount(others, name), `others.${name}`)])
  )
}

function isWithin(free: Capacity, total: Capacity): boolean {
  return (
    free.cpuMilli <= total.cpuMilli &&
    free.memoryMib <= total.memoryMib &&
    free.diskMib <= total.diskMib &&
    free.gpus.every(({ milli }, place) => milli <= (total.gpus[place]?.milli ?? 0)) &&
    Object.keys(free.others).every((name) => otherAmount(free.others, name) <= otherAmount(total.others, name))
  )
}

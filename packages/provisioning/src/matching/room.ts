import { type Allocation, type Amounts, type Capacity, type GpuAmount, otherAmount } from '@cloudpeer/model'

/** Whether a machine may have room for amounts, by what costs least to compare: it is asked a hundred times for each that has. */
export function mayHold(free: Capacity, { cpuMilli, memoryMib, diskMib, gpu }: Amounts): boolean {
  return (
    cpuMilli <= free.cpuMilli && memoryMib <= free.memoryMib && diskMib <= free.diskMib && (gpu === undefined || mayHoldGpus(free, gpu))
  )
}

/** What is left of `free` without an allocation, and nothing where there is less: what a matcher knows may be old, and be forged. */
export function without(free: Capacity, allocation: Allocation): Capacity {
  return changed(free, allocation, (amount, taken) => Math.max(0, amount - taken))
}

/** What is free once an allocation has ended, and no more than there is. */
export function givenBack(free: Capacity, allocation: Allocation, total: Capacity): Capacity {
  const sum = changed(free, allocation, (amount, given) => amount + given)
  return {
    cpuMilli: Math.min(sum.cpuMilli, total.cpuMilli),
    memoryMib: Math.min(sum.memoryMib, total.memoryMib),
    diskMib: Math.min(sum.diskMib, total.diskMib),
    gpus: sum.gpus.map(({ model, milli }, place) => ({ model, milli: Math.min(milli, total.gpus[place]?.milli ?? 0) })),
    others: Object.fromEntries(
      Object.entries(sum.others).map(([name, amount]) => [name, Math.min(amount, otherAmount(total.others, name))])
    )
  }
}

/** Whether `now` has more of anything than `before`. */
export function hasMore(now: Capacity, before: Capacity): boolean {
  return (
    now.cpuMilli > before.cpuMilli ||
    now.memoryMib > before.memoryMib ||
    now.diskMib > before.diskMib ||
    now.gpus.some(({ milli }, place) => milli > (before.gpus[place]?.milli ?? 0)) ||
    Object.entries(now.others).some(([name, amount]) => amount > otherAmount(before.others, name))
  )
}

function changed(free: Capacity, allocation: Allocation, combine: (amount: number, change: number) => number): Capacity {
  return {
    cpuMilli: combine(free.cpuMilli, allocation.cpuMilli),
    memoryMib: combine(free.memoryMib, allocation.memoryMib),
    diskMib: combine(free.diskMib, allocation.diskMib),
    gpus: allocation.gpus.length === 0 ? free.gpus : changedGpus(free, allocation, combine),
    others: changedOthers(free.others, allocation.others, combine)
  }
}

function changedGpus({ gpus }: Capacity, allocation: Allocation, combine: (amount: number, change: number) => number): Capacity['gpus'] {
  const shares = new Map(allocation.gpus.map(({ place, milli }) => [place, milli]))
  return gpus.map(({ model, milli }, place) => ({ model, milli: combine(milli, shares.get(place) ?? 0) }))
}

function changedOthers(
  free: Capacity['others'],
  change: Allocation['others'],
  combine: (amount: number, change: number) => number
): Capacity['others'] {
  const names = Object.keys(change)
  if (names.length === 0) return free
  const others = { ...free }
  for (const name of names) if (Object.hasOwn(free, name)) others[name] = combine(free[name] as number, change[name] as number)
  return others
}

function mayHoldGpus({ gpus }: Capacity, { count, milli }: GpuAmount): boolean {
  let found = 0
  for (let place = 0; place < gpus.length && found < count; place++) if ((gpus[place]?.milli ?? 0) >= milli) found++
  return found === count
}

import { present, type Random } from '@cloudpeer/core'
import { type Allocation, type Amounts, allocate, type Capacity, leftOver, minus, plus } from '@cloudpeer/model'

/** One unit's share of one machine. */
export interface Taken {
  readonly machine: number
  readonly allocation: Allocation
}

/** Which of the machines that have room takes a unit; undefined where none has. */
export type Choice = (pool: MachinePool, amounts: Amounts, random: Random) => number | undefined

/** Machines, and what is free of each, for strategies that know everything. Allocation on a machine is that of the product. */
export class MachinePool {
  readonly totals: readonly Capacity[]
  readonly #free: Capacity[]

  constructor(totals: readonly Capacity[]) {
    this.totals = totals
    this.#free = [...totals]
  }

  get size(): number {
    return this.totals.length
  }

  freeOf(machine: number): Capacity {
    return present(this.#free[machine], `no machine ${machine}`)
  }

  /** What is free now, of all machines: a copy that does not change. */
  snapshot(): readonly Capacity[] {
    return [...this.#free]
  }

  hasRoom(machine: number, amounts: Amounts): boolean {
    return hasRoom(this.freeOf(machine), amounts)
  }

  take(machine: number, amounts: Amounts): Taken | undefined {
    const free = this.freeOf(machine)
    const allocation = allocate(free, amounts)
    if (allocation === undefined) return undefined
    this.#free[machine] = minus(free, allocation)
    return { machine, allocation }
  }

  give({ machine, allocation }: Taken): void {
    this.#free[machine] = plus(this.freeOf(machine), allocation, present(this.totals[machine], `no machine ${machine}`))
  }

  /** One unit on each of these machines, or nothing. */
  takeAll(machines: readonly number[], amounts: Amounts): readonly Taken[] | undefined {
    return this.#allOrNothing(machines.length, amounts, (unit) => machines[unit])
  }

  /** `count` units where `choose` says, one after the other, or nothing. */
  placeAll(count: number, amounts: Amounts, choose: Choice, random: Random): readonly Taken[] | undefined {
    return this.#allOrNothing(count, amounts, () => choose(this, amounts, random))
  }

  #allOrNothing(count: number, amounts: Amounts, machineOf: (unit: number) => number | undefined): readonly Taken[] | undefined {
    const all: Taken[] = []
    while (all.length < count) {
      const machine = machineOf(all.length)
      const taken = machine === undefined ? undefined : this.take(machine, amounts)
      if (taken === undefined) {
        for (const given of all) this.give(given)
        return undefined
      }
      all.push(taken)
    }
    return all
  }
}

/** Whether a unit fits into what is free. */
export function hasRoom(free: Capacity, amounts: Amounts): boolean {
  // Most machines without room lack processors or memory, and this is asked a hundred million times.
  return free.cpuMilli >= amounts.cpuMilli && free.memoryMib >= amounts.memoryMib && allocate(free, amounts) !== undefined
}

/** The first machine that has room, in the order of the list. */
export const firstFit: Choice = (pool, amounts) => {
  const first = pool.totals.findIndex((_, machine) => pool.hasRoom(machine, amounts))
  return first < 0 ? undefined : first
}

/** Any machine that has room, all equally likely. */
export const randomFit: Choice = (pool, amounts, random) => {
  let chosen: number | undefined
  let found = 0
  for (let machine = 0; machine < pool.size; machine++) {
    if (pool.hasRoom(machine, amounts) && random.integer(++found) === 0) chosen = machine
  }
  return chosen
}

/** The machine on which least is left over, by the product's own score; the first of equals. */
export const bestFit: Choice = (pool, amounts) => bestOf(pool, amounts, pool.totals.keys())

/** The machine out of some on which least is left over. */
export function bestOf(pool: MachinePool, amounts: Amounts, machines: Iterable<number>): number | undefined {
  let best: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (const machine of machines) {
    if (!pool.hasRoom(machine, amounts)) continue
    const left = leftOver(present(pool.totals[machine], 'a total'), pool.freeOf(machine), amounts)
    if (left < least) [best, least] = [machine, left]
  }
  return best
}

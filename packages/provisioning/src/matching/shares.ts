import type { PeerId } from '@cloudpeer/core'
import type { Allocation, Capacity } from '@cloudpeer/model'

/** Processors, memory, disk, GPUs. */
type Vector = [cpu: number, memory: number, disk: number, gpu: number]

/**
 * What part of all capacity each requester has, of what it has most of: its dominant share (A. Ghodsi et al., Dominant Resource
 * Fairness, NSDI 2011). Amounts that operators declare themselves do not count.
 */
export class Shares {
  readonly #total: Vector = [0, 0, 0, 0]
  readonly #used = new Map<PeerId, Vector>()

  /** From 0 to 1, or more where what is known is old. */
  of(requester: PeerId): number {
    const used = this.#used.get(requester)
    if (used === undefined) return 0
    let share = 0
    for (let index = 0; index < used.length; index++) {
      const total = this.#total[index] as number
      if (total > 0) share = Math.max(share, (used[index] as number) / total)
    }
    return share
  }

  /** A machine is there, or is gone where `sign` is -1. */
  count(total: Capacity, sign: 1 | -1): void {
    add(this.#total, total, sign)
  }

  /** A requester has capacity, or has given it back where `sign` is -1. */
  use(requester: PeerId, allocation: Allocation, sign: 1 | -1): void {
    const used = this.#used.get(requester) ?? [0, 0, 0, 0]
    add(used, allocation, sign)
    if (used.every((amount) => amount === 0)) this.#used.delete(requester)
    else this.#used.set(requester, used)
  }
}

function add(vector: Vector, { cpuMilli, memoryMib, diskMib, gpus }: Capacity | Allocation, sign: 1 | -1): void {
  vector[0] += sign * cpuMilli
  vector[1] += sign * memoryMib
  vector[2] += sign * diskMib
  for (const { milli } of gpus) vector[3] += sign * milli
}

import type { Amounts, Capacity } from '@cloudpeer/model'
import type { Waiting } from './demand.ts'
import { mayHold } from './room.ts'

/** Requests that need nearly the same. */
interface Bucket {
  /** What each of them needs at least. */
  readonly least: Amounts
  readonly waiting: Map<string, Waiting>
}

/**
 * The waiting requests, grouped by what they need: by the powers of two below the processors and the memory, and by the GPUs. When
 * an owner has gained room only the groups are looked at that need no more than it has.
 */
export class WaitingList {
  readonly #waiting = new Map<string, Waiting>()
  readonly #buckets = new Map<string, Bucket>()
  #gangs = 0

  get size(): number {
    return this.#waiting.size
  }

  get(key: string): Waiting | undefined {
    return this.#waiting.get(key)
  }

  /** Whether any of them is a gang. */
  get hasGang(): boolean {
    return this.#gangs > 0
  }

  add(waiting: Waiting): void {
    const { key, amounts } = waiting.demand
    const least = leastOf(amounts)
    const name = bucketName(least)
    const bucket = this.#buckets.get(name) ?? { least, waiting: new Map() }
    bucket.waiting.set(key, waiting)
    this.#buckets.set(name, bucket)
    this.#waiting.set(key, waiting)
    if (waiting.demand.gang) this.#gangs++
  }

  remove(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    const name = bucketName(leastOf(waiting.demand.amounts))
    const bucket = this.#buckets.get(name)
    bucket?.waiting.delete(key)
    if (bucket?.waiting.size === 0) this.#buckets.delete(name)
    this.#waiting.delete(key)
    if (waiting.demand.gang) this.#gangs--
  }

  /** All requests that so much may be enough for, and maybe others. */
  *within(free: Capacity): Iterable<Waiting> {
    for (const { least, waiting } of this.#buckets.values()) {
      if (mayHold(free, least)) yield* waiting.values()
    }
  }
}

function leastOf({ cpuMilli, memoryMib, gpu }: Amounts): Amounts {
  return { cpuMilli: powerBelow(cpuMilli), memoryMib: powerBelow(memoryMib), diskMib: 0, others: {}, ...(gpu && { gpu }) }
}

function bucketName({ cpuMilli, memoryMib, gpu }: Amounts): string {
  return `${cpuMilli} ${memoryMib} ${gpu === undefined ? '' : `${gpu.count} ${gpu.milli} ${gpu.models.join(' ')}`}`
}

function powerBelow(amount: number): number {
  return amount < 1 ? 0 : 2 ** Math.floor(Math.log2(amount))
}

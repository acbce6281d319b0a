import type { Random } from '@cloudpeer/core'
import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import { poissonGapMs } from './workload.ts'

/** How long after the last arrival all operations have ended, in ms of virtual time: longer than any scheme waits. */
const drainMs = 30_000

/** Operations that arrive at random times. */
export interface Arrivals {
  readonly count: number
  readonly perSecond: number
  /** Whether no more operations shall arrive, asked before each. */
  readonly isOver?: (arrived: number) => boolean
}

/** Starts operations as they arrive, waits for none of them, and gives what became of each. */
export async function runArrivals(
  time: VirtualTime,
  random: Random,
  { count, perSecond, isOver = () => false }: Arrivals,
  operation: (index: number) => Promise<boolean>
): Promise<readonly boolean[]> {
  const running: Promise<boolean>[] = []
  for (let arrived = 0; arrived < count && !isOver(arrived); arrived++) {
    await time.advance(poissonGapMs(random, perSecond))
    running.push(operation(arrived))
  }
  return time.settle(Promise.all(running), drainMs)
}

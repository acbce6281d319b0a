import type { Clock, Timer } from '@cloudpeer/core'
import type { EventLoop } from './event-loop.ts'
import type { MachineClock } from './machine-clock.ts'

/** Times this close are the same, in ms: what sums of fractions lose in a day is far less. */
const sameMs = 1e-6

/** The clock of one process: its machine's time, and timers that its event loop runs. */
export interface NodeClock {
  readonly clock: Clock
  /** Timers that neither ran nor were cancelled. */
  readonly timers: number
}

/** A clock over `base` for one process. A timer is never early by the machine's clock; one set before a change of its rate may be late. */
export function createNodeClock(base: Clock, machine: MachineClock, loop: EventLoop): NodeClock {
  let live = 0

  function ring(timer: NodeTimer): void {
    const earlyMs = timer.dueMs - machine.now()
    if (earlyMs > sameMs) timer.base = base.schedule(machine.baseMs(earlyMs), () => ring(timer))
    else loop.perform(() => run(timer))
  }

  function run(timer: NodeTimer): void {
    const { callback } = timer
    if (callback === undefined) return
    end(timer)
    machine.reach(timer.dueMs)
    callback()
  }

  function end(timer: NodeTimer): void {
    if (timer.callback === undefined) return
    timer.callback = undefined
    live--
  }

  return {
    clock: {
      now: () => machine.now(),
      wallTime: () => machine.wallTime(),
      schedule(delayMs, callback) {
        const timer = new NodeTimer(machine.now() + delayMs, callback, end)
        timer.base = base.schedule(machine.baseMs(delayMs), () => ring(timer))
        live++
        return timer
      }
    },
    get timers() {
      return live
    }
  }
}

/** A callback and when it is due by its machine's clock. */
class NodeTimer implements Timer {
  readonly dueMs: number
  /** Undefined once it ran or was cancelled. */
  callback: (() => void) | undefined
  /** What wakes it up. */
  base: Timer | undefined
  readonly #end: (timer: NodeTimer) => void

  constructor(dueMs: number, callback: () => void, end: (timer: NodeTimer) => void) {
    this.dueMs = dueMs
    this.callback = callback
    this.base = undefined
    this.#end = end
  }

  cancel(): void {
    this.#end(this)
    this.base?.cancel()
  }
}

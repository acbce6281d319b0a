import type { Clock } from '@cloudpeer/core'
import type { Effects } from './effects.ts'
import { EventLoop, Pace } from './event-loop.ts'
import { MachineClock } from './machine-clock.ts'
import { createNodeClock, type NodeClock } from './node-clock.ts'

/** The process that a node's code runs in. */
export interface Process {
  readonly loop: EventLoop
  readonly nodeClock: NodeClock
}

/** What a peer runs on: its address, its clock and its pace stay when a process crashes. */
export class Machine {
  /** `/ip4/<address>/tcp/<port>`: one machine's in the whole network. */
  readonly place: string
  readonly clock: MachineClock
  readonly pace = new Pace()
  readonly #base: Clock
  readonly #effects: Effects
  #process: Process | undefined

  constructor(place: string, base: Clock, effects: Effects) {
    this.place = place
    this.clock = new MachineClock(base, effects)
    this.#base = base
    this.#effects = effects
  }

  /** The process that runs now or ran last; a new one after a crash. */
  get process(): Process {
    this.#process ??= this.#start()
    return this.#process
  }

  /** Timers that the process set and that neither ran nor were cancelled. */
  get timers(): number {
    return this.#process?.nodeClock.timers ?? 0
  }

  crash(): void {
    this.#process?.loop.end()
    this.#process = undefined
  }

  #start(): Process {
    const loop = new EventLoop(this.#base, this.#effects, this.pace)
    return { loop, nodeClock: createNodeClock(this.#base, this.clock, loop) }
  }
}

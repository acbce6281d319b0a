import { assert, type Clock } from '@cloudpeer/core'
import type { Effects } from './effects.ts'
import { type Lift, liftOnce } from './lift.ts'

/** Why a process does nothing: it was stopped (SIGSTOP), or something keeps its event loop busy. */
export type Standstill = 'freeze' | 'stall'

/** What one process does, one thing after another, while it runs at all and as fast as its machine is. */
export class EventLoop {
  readonly #clock: Clock
  readonly #effects: Effects
  readonly #pace: Pace
  readonly #held: (() => void)[] = []
  readonly #standstills = new Map<Lift, Standstill>()
  #ended = false
  #catchingUp = false

  constructor(clock: Clock, effects: Effects, pace: Pace) {
    this.#clock = clock
    this.#effects = effects
    this.#pace = pace
  }

  /** Whether the process is not standing still. */
  get runs(): boolean {
    return this.#standstills.size === 0
  }

  /** Whether a task would be done at once. */
  get free(): boolean {
    return this.runs && this.#held.length === 0 && this.#pace.taskMs === 0
  }

  /** Does something as soon as everything before it is done; never once the process has ended. */
  perform(task: () => void): void {
    if (this.#ended) return
    if (this.free) task()
    else this.#hold(task)
  }

  /** Stands still until lifted; what comes meanwhile is done afterwards, in the order in which it came. */
  stand(standstill: Standstill): Lift {
    const lift = liftOnce(() => {
      this.#standstills.delete(lift)
      this.#catchUp()
    })
    this.#standstills.set(lift, standstill)
    return lift
  }

  /** Lifts every standstill. */
  resume(): void {
    for (const lift of [...this.#standstills.keys()]) lift()
  }

  /** The process ends: nothing of it runs any more. */
  end(): void {
    this.#ended = true
    this.#held.length = 0
  }

  #hold(task: () => void): void {
    for (const standstill of this.#standstills.values()) this.#effects.add(standstill)
    this.#held.push(task)
    this.#catchUp()
  }

  #catchUp(): void {
    if (this.#catchingUp || this.#held.length === 0) return
    const { taskMs } = this.#pace
    this.#catchingUp = true
    if (taskMs > 0) this.#effects.add('slow')
    this.#clock.schedule(taskMs, () => {
      this.#catchingUp = false
      if (!this.runs) return
      this.#held.shift()?.()
      this.#catchUp()
    })
  }
}

/** How long a machine takes for each thing that a process on it does. */
export class Pace {
  readonly #slowings = new Set<{ readonly taskMs: number }>()
  #taskMs = 0

  /** 0 for a machine that is not slow. */
  get taskMs(): number {
    return this.#taskMs
  }

  slow(taskMs: number): Lift {
    assert(taskMs > 0, `${taskMs} ms a task`)
    const slowing = { taskMs }
    this.#slowings.add(slowing)
    this.#add()
    return liftOnce(() => {
      this.#slowings.delete(slowing)
      this.#add()
    })
  }

  #add(): void {
    this.#taskMs = 0
    for (const { taskMs } of this.#slowings) this.#taskMs += taskMs
  }
}

import type { Clock, Random, Timer } from '@cloudpeer/core'
import { type Lease, leaseId, type Workloads } from '@cloudpeer/provisioning'

/** Longest that work takes to stop, in ms. */
const stopMsMax = 1_000

/** Stands for the work under the leases that a machine granted: there from its start until some time after it is told to stop. */
export class MachineWork implements Workloads {
  readonly #clock: Clock
  readonly #random: Random
  readonly #running = new Map<string, Lease>()
  readonly #stopping = new Set<Timer>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** The leases of the work that runs now. */
  get running(): readonly Lease[] {
    return [...this.#running.values()]
  }

  start(lease: Lease): void {
    this.#running.set(leaseId(lease), lease)
  }

  stop(lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.schedule(this.#random.next() * stopMsMax, () => {
        this.#stopping.delete(timer)
        this.#running.delete(leaseId(lease))
        resolve()
      })
      this.#stopping.add(timer)
    })
  }

  /** The process that has started it is over, and it goes with it. */
  end(): void {
    for (const timer of this.#stopping) timer.cancel()
    this.#stopping.clear()
    this.#running.clear()
  }
}

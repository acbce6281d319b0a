import { type Clock, type PeerId, present } from '@cloudpeer/core'
import { derivedRandom } from '../cloud/derived-random.ts'
import type { SimulatedCloud } from '../cloud/simulated-cloud.ts'
import type { Lift } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import type { FaultEvent, Scenario } from './scenario.ts'

/** Does to a cloud what its scenario says, when it says so, and knows what was done to whom. */
export class FaultPlan {
  readonly #cloud: SimulatedCloud
  readonly #seed: number
  readonly #story: (line: string) => void
  readonly #lasting = new Map<FaultEvent, Lift>()
  readonly #disturbed = new Map<PeerId, number>()
  readonly #lostDisks = new Set<PeerId>()
  readonly #effects: Record<string, { struck: number; effective: number }> = {}
  #quietSince = 0

  constructor(cloud: SimulatedCloud, { seed }: Scenario, story: (line: string) => void) {
    this.#cloud = cloud
    this.#seed = seed
    this.#story = story
  }

  get lostDisks(): ReadonlySet<PeerId> {
    return this.#lostDisks
  }

  get effects(): Readonly<Record<string, { readonly struck: number; readonly effective: number }>> {
    return this.#effects
  }

  /** Since when nothing is broken; infinite while something is. */
  quietSince(): number {
    return this.#lasting.size > 0 ? Number.POSITIVE_INFINITY : this.#quietSince
  }

  disturbedAt(peer: PeerId): number {
    return this.#disturbed.get(peer) ?? Number.NEGATIVE_INFINITY
  }

  /** Arranges for all faults, whose times count from now. */
  schedule(clock: Clock, events: readonly FaultEvent[]): void {
    for (const event of events) {
      clock.schedule(event.atMs, () => {
        this.#strike(event)
        clock.schedule(event.forMs, () => void this.#lift(event))
      })
    }
  }

  /** Ends what still lasts. */
  async liftAll(): Promise<void> {
    for (const event of [...this.#lasting.keys()].reverse()) await this.#lift(event)
  }

  #strike(event: FaultEvent): void {
    const fault = present(faults.get(event.kind), `a fault of kind ${event.kind}`)
    const machines = event.machines.map((number) => this.#cloud.machine(number))
    const counts = this.#effects[event.kind] ?? { struck: 0, effective: 0 }
    this.#effects[event.kind] = counts
    counts.struck++
    let effective = false
    const tookEffect = (): void => {
      if (!effective) counts.effective++
      effective = true
    }
    this.#story(`${event.kind} of ${event.machines.join(', ')} (${event.amount.toPrecision(3)}) for ${(event.forMs / 1000).toFixed(1)} s`)
    for (const { peer } of machines) {
      if (fault.owners !== 'untouched') this.#disturbed.set(peer, Number.POSITIVE_INFINITY)
      if (fault.owners === 'lost') this.#lostDisks.add(peer)
    }
    const random = derivedRandom(this.#seed, `fault ${event.id}`)
    this.#lasting.set(event, fault.strike({ cloud: this.#cloud, machines, amount: event.amount, random, tookEffect }))
  }

  async #lift(event: FaultEvent): Promise<void> {
    const lift = this.#lasting.get(event)
    if (lift === undefined) return
    this.#lasting.delete(event)
    this.#story(`${event.kind} of ${event.machines.join(', ')} ends`)
    await lift()
    this.#quietSince = this.#cloud.time.now
    for (const number of event.machines) this.#settle(this.#cloud.machine(number).peer, number)
  }

  /** A machine counts as disturbed until the last of what was done to it has ended. */
  #settle(peer: PeerId, number: number): void {
    const lasts = [...this.#lasting.keys()].some(({ machines }) => machines.includes(number))
    if (!lasts && this.#disturbed.has(peer)) this.#disturbed.set(peer, this.#cloud.time.now)
  }
}

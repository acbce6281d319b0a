import type { Clock, PeerId } from '@cloudpeer/core'
import type { Effects } from './effects.ts'
import { type Lift, liftOnce } from './lift.ts'
import { WayAmounts, type Ways } from './ways.ts'

/** What came to the end of one way while it was clogged, in that order. */
interface Queue {
  readonly from: PeerId
  readonly to: PeerId
  readonly deliveries: (() => void)[]
}

/** Ways that hold everything that comes to their end until they are free, and then deliver it at once, in order. */
export class Clogs {
  readonly #clock: Clock
  readonly #effects: Effects
  readonly #active = new WayAmounts()
  readonly #queues = new Map<string, Queue>()

  constructor(clock: Clock, effects: Effects) {
    this.#clock = clock
    this.#effects = effects
  }

  has(from: PeerId, to: PeerId): boolean {
    return this.#active.has(from, to)
  }

  add(ways: Ways): Lift {
    const lift = this.#active.add(1, ways)
    return liftOnce(() => {
      lift()
      for (const queue of [...this.#queues.values()]) this.#release(queue)
    })
  }

  /** Delivers now, or behind what the way holds. */
  pass(from: PeerId, to: PeerId, deliver: () => void): void {
    if (this.holds(from, to)) this.#hold(from, to, deliver)
    else deliver()
  }

  /** Whether a delivery has to wait: the way is clogged, or not yet rid of what it held. */
  holds(from: PeerId, to: PeerId): boolean {
    return this.has(from, to) || (this.#queues.size > 0 && this.#queues.has(keyOf({ from, to })))
  }

  #hold(from: PeerId, to: PeerId, deliver: () => void): void {
    const key = keyOf({ from, to })
    const queue = this.#queues.get(key) ?? { from, to, deliveries: [] }
    queue.deliveries.push(deliver)
    this.#queues.set(key, queue)
    this.#effects.add('clog')
  }

  /** One delivery an event: each finds the promise chains of the one before it at their end. */
  #release(queue: Queue): void {
    this.#clock.schedule(0, () => {
      if (this.has(queue.from, queue.to)) return
      queue.deliveries.shift()?.()
      if (queue.deliveries.length > 0) this.#release(queue)
      else if (this.#queues.get(keyOf(queue)) === queue) this.#queues.delete(keyOf(queue))
    })
  }
}

function keyOf({ from, to }: Pick<Queue, 'from' | 'to'>): string {
  return `${from}>${to}`
}

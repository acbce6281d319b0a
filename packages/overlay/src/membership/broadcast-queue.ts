/** How much of the queue one message may take. */
export interface Batch {
  readonly count: number
  readonly bytes: number
}

interface Item<T> {
  readonly update: T
  readonly bytes: number
  urgent: boolean
  sent: number
}

/**
 * Updates that are still to be spread, one a key: a newer one replaces an older. Those sent least come first, so that news
 * travels fast, and each is dropped once it has been sent often enough to have reached everybody.
 */
export class BroadcastQueue<T> {
  readonly #items = new Map<string, Item<T>>()
  /** The same items by how often they were sent, so that a message looks at no more of them than it takes. */
  readonly #bySent: Map<string, Item<T>>[] = []
  #bytesMin = Number.POSITIVE_INFINITY
  #urgent = 0

  /** How many of the updates are worth messages of their own. */
  get urgent(): number {
    return this.#urgent
  }

  get size(): number {
    return this.#items.size
  }

  /** Takes an update in, in place of an earlier one; one that is not `urgent` rides on messages that are sent anyway. */
  put(key: string, update: T, bytes: number, urgent = true): void {
    this.drop(key)
    const item = { update, bytes, urgent, sent: 0 }
    this.#items.set(key, item)
    if (urgent) this.#urgent++
    this.#sentTimes(0).set(key, item)
    this.#bytesMin = Math.min(this.#bytesMin, bytes)
  }

  drop(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#remove(key, item)
    this.#sentTimes(item.sent).delete(key)
    if (this.#items.size === 0) this.#bytesMin = Number.POSITIVE_INFINITY
  }

  get(key: string): T | undefined {
    return this.#items.get(key)?.update
  }

  /**
   * Takes what fits into `batch`, and counts it as sent once more; `sentMax` times are enough, and half of them to have reached nearly
   * everybody: an update is urgent no more and the rest rides on messages that are sent anyway. What the receiver has told itself under
   * its key in `known` is left for others: it would not spread any further.
   */
  take(batch: Batch, sentMax: number, known: ReadonlySet<string> = new Set()): T[] {
    const taken = this.#fitting(batch, known)
    for (const [key, item] of taken) {
      this.#sentTimes(item.sent).delete(key)
      item.sent++
      if (2 * item.sent >= sentMax) this.#calm(item)
      if (item.sent >= sentMax) this.#remove(key, item)
      else this.#sentTimes(item.sent).set(key, item)
    }
    return taken.map(([, { update }]) => update)
  }

  #remove(key: string, item: Item<T>): void {
    this.#items.delete(key)
    this.#calm(item)
  }

  #calm(item: Item<T>): void {
    if (item.urgent) this.#urgent--
    item.urgent = false
  }

  #fitting({ count, bytes }: Batch, known: ReadonlySet<string>): [string, Item<T>][] {
    const fitting: [string, Item<T>][] = []
    let room = bytes
    for (const items of this.#bySent) {
      for (const entry of items) {
        if (fitting.length >= count || room < this.#bytesMin) return fitting
        if (entry[1].bytes > room || known.has(entry[0])) continue
        room -= entry[1].bytes
        fitting.push(entry)
      }
    }
    return fitting
  }

  #sentTimes(sent: number): Map<string, Item<T>> {
    while (this.#bySent.length <= sent) this.#bySent.push(new Map())
    return this.#bySent[sent] as Map<string, Item<T>>
  }
}

/** How much of the queue one message may take. */
export interface Batch {
  readonly count: number
  readonly bytes: number
}

interface Item<T> {
  readonly update: T
  readonly bytes: number
  sent: number
}

/**
 * Updates that are still to be spread, one a key: a newer one replaces an older. Those sent least come first, so that news
 * travels fast, and each is dropped once it has been sent often enough to have reached everybody.
 */
export class BroadcastQueue<T> {
  readonly #items = new Map<string, Item<T>>()

  get size(): number {
    return this.#items.size
  }

  put(key: string, update: T, bytes: number): void {
    this.#items.delete(key)
    this.#items.set(key, { update, bytes, sent: 0 })
  }

  drop(key: string): void {
    this.#items.delete(key)
  }

  /** Takes what fits into `batch`, and counts it as sent once more; `sentMax` times are enough. */
  take(batch: Batch, sentMax: number): T[] {
    const taken: T[] = []
    let bytes = 0
    for (const [key, item] of [...this.#items].sort(([, a], [, b]) => a.sent - b.sent)) {
      if (taken.length >= batch.count) break
      if (bytes + item.bytes > batch.bytes) continue
      bytes += item.bytes
      taken.push(item.update)
      item.sent++
      if (item.sent >= sentMax) this.#items.delete(key)
    }
    return taken
  }
}

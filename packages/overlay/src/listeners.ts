import type { Subscription } from '@cloudpeer/transport'

/** Listeners of one kind of event, told in the order in which they were added. */
export interface Listeners<Arguments extends readonly unknown[]> {
  add(listener: (...values: Arguments) => void): Subscription
  tell(...values: Arguments): void
}

/** An empty set of listeners. A listener added twice is told twice; one closed while others are told is not told any more. */
export function createListeners<Arguments extends readonly unknown[]>(): Listeners<Arguments> {
  const entries = new Set<{ readonly listener: (...values: Arguments) => void }>()
  return {
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return { close: () => entries.delete(entry) }
    },
    tell(...values) {
      for (const { listener } of entries) listener(...values)
    }
  }
}

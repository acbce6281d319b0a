import { LRUCache } from 'lru-cache'

/** Refusals that are remembered. */
const refusedMax = 16_384

/** Versions that a node refused for good, so that they are not moved to it again in vain. */
export interface Refusals {
  /** `key` is the version's, as in a list; see `keyOf`. */
  add(node: string, key: string): void
  has(node: string, key: string): boolean
}

/** A memory of the latest refusals. */
export function createRefusals(): Refusals {
  const refused = new LRUCache<string, true>({ maxSize: refusedMax, sizeCalculation: () => 1 })
  return {
    add: (node, key) => void refused.set(`${node} ${key}`, true),
    has: (node, key) => refused.has(`${node} ${key}`)
  }
}

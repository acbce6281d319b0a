import { compareText } from '@cloudpeer/core'
import { fingerprintOf } from './fingerprint.ts'

/** One element of a set that is reconciled: where it stands in the order, and which version it is. */
export interface Item {
  readonly name: string
  readonly owner: string
  /** 32 bytes: see `recordDigest`. */
  readonly digest: Uint8Array
}

/** A place in the order by name and owner: before everything of this name, or of this name and owner. */
export interface Bound {
  readonly name: string
  readonly owner?: string
}

/** The items from `from` (included) to `to` (excluded); an absent end is open. */
export interface Interval {
  readonly from: Bound | undefined
  readonly to: Bound | undefined
}

/** Bytes of a digest that name an item in a list: no two of the items that a network can hold share them. */
export const keyBytes = 16

/** Order of items and bounds: by name, then owner. */
export function compareBounds(a: Bound, b: Bound): number {
  return compareText(a.name, b.name) || compareText(a.owner ?? '', b.owner ?? '')
}

/** The key of an item, for use in a set. */
export function keyOf({ digest }: Item): string {
  return keyFrom(digest.subarray(0, keyBytes))
}

/** A key's bytes, for use in a set. */
export function keyFrom({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** One side's set, in order by name and owner, each pair once. */
export class ItemList {
  readonly items: readonly Item[]
  /** The fingerprint of all items, once it was asked for: it is what every comparison begins with. */
  #whole: Uint8Array | undefined

  /** `items` must be in order. */
  constructor(items: readonly Item[]) {
    this.items = items
  }

  /** The place of the first item that is not before the bound. */
  place(bound: Bound | undefined, open: 'from' | 'to'): number {
    if (bound === undefined) return open === 'from' ? 0 : this.items.length
    let low = 0
    let high = this.items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareBounds(this.items[middle] as Item, bound) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  count({ from, to }: Interval): number {
    return Math.max(0, this.place(to, 'to') - this.place(from, 'from'))
  }

  within({ from, to }: Interval): readonly Item[] {
    return this.items.slice(this.place(from, 'from'), this.place(to, 'to'))
  }

  fingerprint({ from, to }: Interval): Uint8Array {
    if (from !== undefined || to !== undefined) return this.#fingerprint(from, to)
    this.#whole ??= this.#fingerprint(from, to)
    return this.#whole
  }

  #fingerprint(from: Bound | undefined, to: Bound | undefined): Uint8Array {
    return fingerprintOf(this.items, this.place(from, 'from'), this.place(to, 'to'))
  }

  /** Cuts an interval into `parts` of nearly as many items each; it must have at least as many items. */
  split(interval: Interval, parts: number): readonly Interval[] {
    const first = this.place(interval.from, 'from')
    const count = this.count(interval)
    const cuts = Array.from({ length: parts - 1 }, (_, part) => this.#boundAt(first + Math.floor(((part + 1) * count) / parts)))
    return [...cuts, interval.to].map((to, part) => ({ from: part === 0 ? interval.from : cuts[part - 1], to }))
  }

  /** The shortest bound between the item at a place and the one before it. */
  #boundAt(place: number): Bound {
    const { name, owner } = this.items[place] as Item
    const before = this.items[place - 1] as Item
    if (before.name === name) return { name, owner }
    let length = 1
    while (name.slice(0, length) <= before.name) length++
    return { name: name.slice(0, length) }
  }
}

import { type Bound, compareBounds, type Interval, type ItemList, keyBytes } from './item-list.ts'
import { messageBytesMax, type Range, rangesMax } from './protocol.ts'

/** Bytes kept free for what a message has beside its ranges: the shard, at most two long texts. */
const reservedBytes = 8 * 1024
/** Bytes that a range takes beside its texts and keys, at most. */
const rangeBytes = 72

/** Writes intervals, in order, as the ranges of one message, for as long as there is room. */
export class RangeWriter {
  readonly ranges: Range[] = []
  readonly #items: ItemList
  /** Where the last range ends; undefined at the very beginning. */
  #at: Bound | undefined
  #bytes = reservedBytes

  constructor(items: ItemList) {
    this.#items = items
  }

  /** Writes how many items an interval has, and their fingerprint; false if there is no room. */
  addFingerprint(interval: Interval): boolean {
    const bytes = boundBytes(interval.to)
    return this.#add(interval, bytes, (to) => ({
      ...to,
      count: this.#items.count(interval),
      fingerprint: this.#items.fingerprint(interval)
    }))
  }

  /** Writes the keys of an interval's items; false if there is no room. */
  addKeys(interval: Interval): boolean {
    const listed = this.#items.within(interval)
    const keys = new Uint8Array(listed.length * keyBytes)
    listed.forEach(({ digest }, index) => {
      keys.set(digest.subarray(0, keyBytes), index * keyBytes)
    })
    return this.#add(interval, boundBytes(interval.to) + keys.length, (to) => ({ ...to, keys }))
  }

  #add({ from, to }: Interval, bytes: number, range: (to: { readonly to?: Bound }) => Range): boolean {
    const gap = from !== undefined && (this.#at === undefined || compareBounds(this.#at, from) < 0) ? from : undefined
    const total = this.#bytes + bytes + (gap ? boundBytes(gap) : 0)
    if (total > messageBytesMax || this.ranges.length + 2 > rangesMax) return false
    if (gap) this.ranges.push({ to: gap })
    this.ranges.push(range(to === undefined ? {} : { to }))
    this.#bytes = total
    this.#at = to
    return true
  }
}

function boundBytes(bound: Bound | undefined): number {
  return rangeBytes + (bound === undefined ? 0 : bound.name.length + (bound.owner?.length ?? 0))
}

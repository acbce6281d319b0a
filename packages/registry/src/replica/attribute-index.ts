import { type AttributeValue, compareValues, type ValueRange } from '@cloudpeer/model'

/** The slots of the rows that have one value of an attribute. */
interface Posting {
  readonly value: AttributeValue
  readonly slots: Set<number>
}

/** Posting lists of a stretch whose sizes a count looks at, evenly spread; each stands for its neighbours. */
const countedMax = 32

/** The rows that have an attribute, by its values: a posting list of slots a value, the values in order. */
export class AttributeIndex {
  readonly #ordered: Posting[] = []
  readonly #byValue = new Map<AttributeValue, Posting>()

  add(value: AttributeValue, slot: number): void {
    const posting = this.#byValue.get(value)
    if (posting !== undefined) {
      posting.slots.add(slot)
      return
    }
    const added = { value, slots: new Set([slot]) }
    this.#byValue.set(value, added)
    this.#ordered.splice(this.#lowerBound(value, false), 0, added)
  }

  remove(value: AttributeValue, slot: number): void {
    const posting = this.#byValue.get(value)
    if (!posting?.slots.delete(slot)) return
    if (posting.slots.size > 0) return
    this.#byValue.delete(value)
    this.#ordered.splice(this.#lowerBound(value, false), 1)
  }

  /** About how many rows lie in the ranges. A row with two values there counts twice. */
  count(ranges: readonly ValueRange[]): number {
    let total = 0
    for (const [from, to] of this.#stretches(ranges)) {
      const step = Math.max(1, Math.ceil((to - from) / countedMax))
      for (let i = from; i < to; i += step) total += (this.#ordered[i] as Posting).slots.size * Math.min(step, to - i)
    }
    return total
  }

  /** The posting lists of the values in the ranges, in the order of the values. */
  postings(ranges: readonly ValueRange[]): ReadonlySet<number>[] {
    return this.#stretches(ranges).flatMap(([from, to]) => this.#ordered.slice(from, to).map(({ slots }) => slots))
  }

  /** The stretches of the ordered values that the ranges cover. */
  #stretches(ranges: readonly ValueRange[]): (readonly [from: number, to: number])[] {
    return ranges.map(({ low, lowOpen, high, highOpen }) => [
      low === undefined ? 0 : this.#lowerBound(low, lowOpen),
      high === undefined ? this.#ordered.length : this.#lowerBound(high, !highOpen)
    ])
  }

  /** The place of the first value that is not below `value`, or above it when `after`. */
  #lowerBound(value: AttributeValue, after: boolean): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareValues((this.#ordered[middle] as Posting).value, value)
      if (order < 0 || (after && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}

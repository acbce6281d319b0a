import { type AttributeValue, compareValues, type ValueRange } from '@cloudpeer/model'
import type { Row } from './row.ts'

/** The rows that have an attribute, by its values: a posting list a value, the values in order. */
export class AttributeIndex {
  readonly #values: AttributeValue[] = []
  readonly #postings = new Map<AttributeValue, Set<Row>>()

  add(value: AttributeValue, row: Row): void {
    const posting = this.#postings.get(value)
    if (posting !== undefined) {
      posting.add(row)
      return
    }
    this.#postings.set(value, new Set([row]))
    this.#values.splice(this.#lowerBound(value, false), 0, value)
  }

  remove(value: AttributeValue, row: Row): void {
    const posting = this.#postings.get(value)
    if (posting === undefined) return
    posting.delete(row)
    if (posting.size > 0) return
    this.#postings.delete(value)
    this.#values.splice(this.#lowerBound(value, false), 1)
  }

  /** How many rows lie in the ranges, counted no further than `most`. A row with two values there counts twice. */
  count(ranges: readonly ValueRange[], most: number): number {
    let total = 0
    for (const posting of this.postings(ranges)) {
      total += posting.size
      if (total >= most) return total
    }
    return total
  }

  /** The posting lists of the values in the ranges, in the order of the values. */
  *postings(ranges: readonly ValueRange[]): Generator<ReadonlySet<Row>> {
    for (const range of ranges) {
      const from = range.low === undefined ? 0 : this.#lowerBound(range.low, range.lowOpen)
      const to = range.high === undefined ? this.#values.length : this.#lowerBound(range.high, !range.highOpen)
      for (let i = from; i < to; i++) yield this.#postings.get(this.#values[i] as AttributeValue) as Set<Row>
    }
  }

  /** The place of the first value that is not below `value`, or above it when `after`. */
  #lowerBound(value: AttributeValue, after: boolean): number {
    let low = 0
    let high = this.#values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareValues(this.#values[middle] as AttributeValue, value)
      if (order < 0 || (after && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }
}

import { CloudError, equalBytes } from '@cloudpeer/core'
import { type Bound, compareBounds, type Interval, type Item, type ItemList, keyBytes, keyFrom, keyOf } from './item-list.ts'
import { listedMax, type Range, wantedMax } from './protocol.ts'
import { RangeWriter } from './range-writer.ts'

/** Parts into which an interval that differs is cut. */
const parts = 16
/**
 * Most rounds of one exchange. Each round narrows a difference by 16 x 16, so that four do for a million items; the rest
 * is for differences that do not fit into one message. A peer that never agrees is left after that many.
 */
export const roundsMax = 32
/** Items that the other side has and this one lacks: all of an interval, or the ones of these keys. */
export interface Lacking extends Interval {
  /** 16 bytes each. */
  readonly keys?: readonly Uint8Array[]
}

/** An answer to the ranges of a request. */
export interface Answer {
  readonly ranges: readonly Range[]
  readonly stoppedAt?: Bound
}

/**
 * The answering side of range-based set reconciliation (Meyer, 2023): a function of its own items and the ranges asked
 * about. Where the fingerprints are equal there is nothing to say; where one side has nothing, the counts say it all; a short
 * range is listed; a long one is cut into 16. INVALID for ranges that are not in order.
 */
export function answerRanges(items: ItemList, ranges: readonly Range[]): Answer {
  const writer = new RangeWriter(items)
  for (const [range, interval] of intervalsOf(ranges)) {
    if (!('fingerprint' in range) || equalBytes(range.fingerprint, items.fingerprint(interval))) continue
    const stoppedAt = describe(writer, items, interval, range.count)
    if (stoppedAt !== undefined) return { ranges: writer.ranges, stoppedAt }
  }
  return { ranges: writer.ranges }
}

/** Writes what there is to say about an interval that differs; where it stopped if there was no room. */
function describe(writer: RangeWriter, items: ItemList, interval: Interval, countThere: number): Bound | undefined {
  const count = items.count(interval)
  const pieces = countThere > 0 && count > listedMax ? items.split(interval, parts) : [interval]
  const listed = countThere > 0 && count > 0 && count <= listedMax
  const unwritten = pieces.find((piece) => !(listed ? writer.addKeys(piece) : writer.addFingerprint(piece)))
  return unwritten && (unwritten.from ?? { name: '' })
}

/**
 * The asking side: the intervals that may still differ, and what was found to differ. Call `next` and `receive` in turn
 * until there is no next request. Whatever the other side answers, it ends after {@link roundsMax} rounds, and each round adds
 * no more than one message holds.
 */
export class Exchange {
  /** Items that only this side has. */
  readonly surplus = new Set<Item>()
  readonly lacking: Lacking[] = []
  readonly #items: ItemList
  #open: readonly Interval[] = [{ from: undefined, to: undefined }]
  #asked: readonly Interval[] = []
  #rounds = 0

  constructor(items: ItemList) {
    this.#items = items
  }

  get rounds(): number {
    return this.#rounds
  }

  /** Whether everything was compared. */
  get complete(): boolean {
    return this.#open.length === 0 && this.#asked.length === 0
  }

  /** Whether both sides have been found to have the same. */
  get equal(): boolean {
    return this.complete && this.surplus.size === 0 && this.lacking.length === 0
  }

  /** The next request, or undefined when all is compared or the rounds are used up. */
  next(): readonly Range[] | undefined {
    if (this.#open.length === 0 || this.#rounds === roundsMax) return undefined
    const writer = new RangeWriter(this.#items)
    const full = this.#open.findIndex((interval) => !writer.addFingerprint(interval))
    const count = full < 0 ? this.#open.length : full
    this.#asked = this.#open.slice(0, count)
    this.#open = this.#open.slice(count)
    this.#rounds++
    return writer.ranges
  }

  /** Takes the answer to the last request. INVALID for one that is out of order or about something else. */
  receive({ ranges, stoppedAt }: Answer): void {
    const differing: Interval[] = []
    for (const [range, interval] of intervalsOf(ranges)) {
      if (!('fingerprint' in range || 'keys' in range)) continue
      if (!this.#asked.some((asked) => isWithin(interval, asked))) throw invalid('speak of what was not asked')
      differing.push(...this.#compare(range, interval))
    }
    this.#open = [...differing, ...this.#unanswered(stoppedAt), ...this.#open]
    this.#asked = []
  }

  /** What of the last request has to be asked again. */
  #unanswered(stoppedAt: Bound | undefined): Interval[] {
    if (stoppedAt === undefined) return []
    const after = this.#asked.filter(({ to }) => to === undefined || compareBounds(to, stoppedAt) > 0)
    return after.map(({ from, to }) => ({ from: from === undefined || compareBounds(from, stoppedAt) < 0 ? stoppedAt : from, to }))
  }

  /** Notes what an interval's description shows to differ; returns what has to be looked at more closely. */
  #compare(there: Range, interval: Interval): readonly Interval[] {
    const count = this.#items.count(interval)
    if ('keys' in there) this.#diff(there.keys, interval)
    else if ('fingerprint' in there && !equalBytes(there.fingerprint, this.#items.fingerprint(interval))) {
      if (there.count > 0 && count > 0) return count > listedMax ? this.#items.split(interval, parts) : [interval]
      if (there.count > 0) this.lacking.push(interval)
      for (const item of this.#items.within(interval)) this.surplus.add(item)
    }
    return []
  }

  #diff(listed: Uint8Array, interval: Interval): void {
    const here = new Map(this.#items.within(interval).map((item) => [keyOf(item), item]))
    const wanted: Uint8Array[] = []
    for (let at = 0; at + keyBytes <= listed.length; at += keyBytes) {
      const key = listed.slice(at, at + keyBytes)
      if (!here.delete(keyFrom(key))) wanted.push(key)
    }
    for (const item of here.values()) this.surplus.add(item)
    if (wanted.length > 0) this.#want(wanted, interval)
  }

  /** Joins what is wanted to the last interval with keys, as long as one request can ask for all of it. */
  #want(keys: readonly Uint8Array[], { from, to }: Interval): void {
    const last = this.lacking.at(-1)
    const follows = last?.keys !== undefined && from !== undefined && last.to !== undefined && compareBounds(last.to, from) <= 0
    if (!follows || last.keys.length + keys.length > wantedMax) this.lacking.push({ from, to, keys })
    else this.lacking[this.lacking.length - 1] = { from: last.from, to, keys: [...last.keys, ...keys] }
  }
}

/** The ranges of a message with the intervals that they speak of. INVALID unless they are in order. */
function* intervalsOf(ranges: readonly Range[]): Generator<readonly [Range, Interval]> {
  let from: Bound | undefined
  for (const [index, range] of ranges.entries()) {
    const isLast = index === ranges.length - 1
    if (range.to === undefined ? !isLast : from !== undefined && compareBounds(from, range.to) >= 0) throw invalid('are not in order')
    yield [range, { from, to: range.to }]
    from = range.to
  }
}

function isWithin(inner: Interval, outer: Interval): boolean {
  const beginsWithin = outer.from === undefined || (inner.from !== undefined && compareBounds(outer.from, inner.from) <= 0)
  const endsWithin = outer.to === undefined || (inner.to !== undefined && compareBounds(inner.to, outer.to) <= 0)
  return beginsWithin && endsWithin
}

function invalid(problem: string): CloudError {
  return new CloudError('INVALID', { field: 'ranges', problem })
}

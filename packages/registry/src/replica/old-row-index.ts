import type { Attributes, AttributeValue, Constraint, Query, Subject, Term } from '@cloudpeer/model'
import { AttributeIndex } from './old-attribute-index.ts'
import { compareIds, isServed, type Row } from './row.ts'

/** Which rows are wanted, in which order, from where on. */
export interface Selection {
  readonly query: Query
  /** Order of the answer; the order by name and owner if absent. */
  readonly order?: (a: Subject, b: Subject) => number
  /** Only what comes after this subject in that order. */
  readonly after?: Subject
  readonly limit: number
  /** Time of the answer, in ms on this node's clock. */
  readonly now: number
}

/** The rows selected, in order, and what it took. */
export interface Selected {
  readonly rows: readonly Row[]
  /** Whether more follow. */
  readonly more: boolean
  /** Rows that were looked at. */
  readonly read: number
}

/**
 * The rows of one node in memory: all of them ordered by name, and by the values of each attribute. A selection walks
 * the names and stops at its limit, or reads the posting lists of its most selective constraint, whichever is expected
 * to look at fewer rows.
 */
export class RowIndex {
  readonly #byName: Row[] = []
  readonly #attributes = new Map<string, AttributeIndex>()

  get size(): number {
    return this.#byName.length
  }

  add(row: Row): void {
    this.#byName.splice(this.#place(row.record), 0, row)
    forEachValue(row.record.attributes, (attribute, value) => {
      const index = this.#attributes.get(attribute) ?? new AttributeIndex()
      this.#attributes.set(attribute, index)
      index.add(value, row)
    })
  }

  remove(row: Row): void {
    const place = this.#place(row.record)
    if (this.#byName[place] === row) this.#byName.splice(place, 1)
    forEachValue(row.record.attributes, (attribute, value) => this.#attributes.get(attribute)?.remove(value, row))
  }

  /** The rows after `after` in the order of names. The index must not change while they are read. */
  *from(after: Subject | undefined): Generator<Row> {
    for (let i = this.#after(after); i < this.size; i++) yield this.#byName[i] as Row
  }

  /** Share of the rows that a term is expected to need, from 0 to 1, by its most selective constraint. */
  selectivity(term: Term): number {
    if (this.size === 0) return 1
    return Math.min(1, ...term.constraints.map((constraint) => this.#count(constraint) / this.size))
  }

  select(selection: Selection): Selected {
    const candidates = this.#candidates(selection)
    return candidates === undefined ? this.#walk(selection) : this.#collect(selection, candidates)
  }

  #count({ attribute, ranges }: Constraint): number {
    if (attribute === 'owner') return this.size
    if (attribute === 'name') return this.#namesIn(ranges).reduce((total, [from, to]) => total + to - from, 0)
    return this.#attributes.get(attribute)?.count(ranges, this.size) ?? 0
  }

  /** The rows that can match, or undefined where walking the names is expected to look at fewer. */
  #candidates({ query, order, limit }: Selection): Iterable<Row> | undefined {
    if (query.terms === undefined) return undefined
    const best = query.terms.map((term) => this.#best(term))
    const expected = best.reduce((total, choice) => total + (choice?.rows ?? this.size), 0)
    const share = Math.max(expected, 1) / Math.max(this.size, 1)
    const walked = order === undefined ? Math.min(this.size, limit / share) : this.size
    return expected < walked && best.every((choice) => choice !== undefined)
      ? this.#union(best.map(({ constraint }) => constraint))
      : undefined
  }

  #best(term: Term): { readonly constraint: Constraint; readonly rows: number } | undefined {
    let best: { constraint: Constraint; rows: number } | undefined
    for (const constraint of term.constraints) {
      if (constraint.attribute === 'owner') continue
      const rows = this.#count(constraint)
      if (best === undefined || rows < best.rows) best = { constraint, rows }
    }
    return best
  }

  *#union(constraints: readonly Constraint[]): Generator<Row> {
    for (const { attribute, ranges } of constraints) {
      if (attribute === 'name') for (const [from, to] of this.#namesIn(ranges)) yield* this.#byName.slice(from, to)
      else for (const posting of this.#attributes.get(attribute)?.postings(ranges) ?? []) yield* posting
    }
  }

  /** Reads the candidates, and orders what matches. */
  #collect({ query, order = compareIds, after, limit, now }: Selection, candidates: Iterable<Row>): Selected {
    const found = new Set<Row>()
    let read = 0
    for (const row of candidates) {
      read++
      if (isServed(row, now) && query.matches(row.record) && (after === undefined || order(row.record, after) > 0)) found.add(row)
    }
    const rows = [...found].sort((a, b) => order(a.record, b.record))
    return { rows: rows.slice(0, limit), more: rows.length > limit, read }
  }

  /** Reads all rows in the order of their names; stops at the limit where that is the order asked for. */
  #walk(selection: Selection): Selected {
    if (selection.order !== undefined) return this.#collect(selection, this.#byName)
    const { query, after, limit, now } = selection
    const rows: Row[] = []
    const from = this.#after(after)
    for (let i = from; i < this.size; i++) {
      const row = this.#byName[i] as Row
      if (!isServed(row, now) || !query.matches(row.record)) continue
      if (rows.length === limit) return { rows, more: true, read: i - from + 1 }
      rows.push(row)
    }
    return { rows, more: false, read: this.size - from }
  }

  /** The stretches of the order by name that the ranges of names cover. */
  #namesIn(ranges: Constraint['ranges']): (readonly [number, number])[] {
    return ranges.map(({ low, lowOpen, high, highOpen }) => {
      const from = low === undefined ? 0 : this.#namePlace(String(low), lowOpen)
      return [from, high === undefined ? this.size : Math.max(from, this.#namePlace(String(high), !highOpen))]
    })
  }

  #namePlace(name: string, after: boolean): number {
    return this.#search(({ record }) => (after ? record.name <= name : record.name < name))
  }

  #after(after: Subject | undefined): number {
    return after === undefined ? 0 : this.#search(({ record }) => compareIds(record, after) <= 0)
  }

  #place(subject: Subject): number {
    return this.#search(({ record }) => compareIds(record, subject) < 0)
  }

  /** The first place whose row is not `before` the one that is looked for. */
  #search(before: (row: Row) => boolean): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (before(this.#byName[middle] as Row)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function forEachValue(attributes: Attributes, visit: (attribute: string, value: AttributeValue) => void): void {
  for (const attribute in attributes) for (const value of attributes[attribute] as readonly AttributeValue[]) visit(attribute, value)
}

import type { Attributes, AttributeValue, Constraint, Query, Subject, Term } from '@cloudpeer/model'
import { AttributeIndex } from './attribute-index.ts'
import { Columns, type SlotTest } from './columns.ts'
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

/** How dear it is to take a row from a posting list, and to compare two rows in a sort: in rows that a walk looks at. */
const postingCost = 2
const comparisonCost = 5
/** Matches after which, and after twice as many, the choice between the two ways is looked at again: constraints may depend on each other. */
const surveyedMatches = 32

/** One constraint of a term, with about as many rows as satisfy it. */
interface Choice {
  readonly constraint: Constraint
  readonly rows: number
}

/**
 * The rows of one node in memory: all of them ordered by name, and by the values of each attribute. A selection walks
 * the names and stops at its limit, or reads the posting lists of its most selective constraint, whichever is expected
 * to cost less. Either way a row is judged by the columns of the attributes asked about before its record is looked at.
 */
export class RowIndex {
  /** Rows by slot. The slot of a row that was removed stays, with the row in it, until another takes it. */
  readonly #rows: Row[] = []
  readonly #slots = new Map<Row, number>()
  readonly #free: number[] = []
  /** Slots in the order of the rows' names. */
  readonly #byName: number[] = []
  readonly #attributes = new Map<string, AttributeIndex>()
  readonly #columns = new Columns()

  get size(): number {
    return this.#byName.length
  }

  add(row: Row): void {
    const slot = this.#free.pop() ?? this.#rows.length
    this.#byName.splice(this.#place(row.record), 0, slot)
    this.#rows[slot] = row
    this.#slots.set(row, slot)
    this.#columns.set(slot, row.record.attributes)
    forEachValue(row.record.attributes, (attribute, value) => {
      const index = this.#attributes.get(attribute) ?? new AttributeIndex()
      this.#attributes.set(attribute, index)
      index.add(value, slot)
    })
  }

  remove(row: Row): void {
    const slot = this.#slots.get(row)
    if (slot === undefined) return
    this.#slots.delete(row)
    this.#byName.splice(this.#place(row.record), 1)
    this.#free.push(slot)
    forEachValue(row.record.attributes, (attribute, value) => this.#attributes.get(attribute)?.remove(value, slot))
  }

  /** The rows after `after` in the order of names. The index must not change while they are read. */
  *from(after: Subject | undefined): Generator<Row> {
    for (let i = this.#after(after); i < this.size; i++) yield this.#rowAt(i)
  }

  /** Share of the rows that a term is expected to need, from 0 to 1, by its most selective constraint. */
  selectivity(term: Term): number {
    if (this.size === 0) return 1
    return Math.min(1, ...term.constraints.map((constraint) => this.#count(constraint) / this.size))
  }

  select(selection: Selection): Selected {
    const terms = selection.query.terms?.map(({ constraints }) => this.#choices(constraints))
    const test = terms === undefined ? always : this.#test(terms)
    const best = terms?.map((choices) => choices.find(({ constraint }) => constraint.attribute !== 'owner'))
    if (terms !== undefined && best?.every(isPresent)) {
      const read = best.reduce((total, { rows }) => total + rows, 0)
      const matching = terms.reduce((total, choices) => total + this.#expected(choices), 0)
      const selected = this.#isWalkCheaper(selection, read, matching) ? undefined : this.#collect(selection, best, read, test)
      if (selected !== undefined) return selected
    }
    return this.#walk(selection, test)
  }

  #count({ attribute, ranges }: Constraint): number {
    if (attribute === 'owner') return this.size
    if (attribute === 'name') return this.#namesIn(ranges).reduce((total, [from, to]) => total + to - from, 0)
    return Math.min(this.size, this.#attributes.get(attribute)?.count(ranges) ?? 0)
  }

  /** The constraints, the most selective first. */
  #choices(constraints: readonly Constraint[]): readonly Choice[] {
    return constraints.map((constraint) => ({ constraint, rows: this.#count(constraint) })).sort((a, b) => a.rows - b.rows)
  }

  /** Whether walking the names is expected to cost less than reading so many rows of posting lists and sorting the matches. */
  #isWalkCheaper({ order, limit }: Selection, read: number, matching: number): boolean {
    const sort = comparisonCost * matching * Math.log2(matching + 1)
    const walk = order === undefined ? Math.min(this.size, (limit / Math.max(matching, 1)) * this.size) : this.size + sort
    return walk <= postingCost * read + sort
  }

  /** Rows that satisfy all of a term's constraints, if these are independent of each other. */
  #expected(choices: readonly Choice[]): number {
    return choices.reduce((rows, choice) => rows * (choice.rows / Math.max(this.size, 1)), this.size)
  }

  /** Whether a row can satisfy one of the terms, as far as columns tell. */
  #test(terms: readonly (readonly Choice[])[]): SlotTest {
    const tests = terms.map((choices) => every(choices.map(({ constraint }) => this.#constraintTest(constraint)).filter(isPresent)))
    return tests.length === 1 ? (tests[0] as SlotTest) : (slot) => tests.some((test) => test(slot))
  }

  #constraintTest(constraint: Constraint): SlotTest | undefined {
    return this.#attributes.has(constraint.attribute) ? this.#columns.test(constraint, this.#rows) : undefined
  }

  #slotsOf({ attribute, ranges }: Constraint): readonly Iterable<number>[] {
    if (attribute === 'name') return this.#namesIn(ranges).map(([from, to]) => this.#byName.slice(from, to))
    return this.#attributes.get(attribute)?.postings(ranges) ?? []
  }

  /** Reads the posting lists of these constraints, about `expected` rows, and orders what matches; undefined where a walk turns out cheaper. */
  #collect(selection: Selection, choices: readonly Choice[], expected: number, test: SlotTest): Selected | undefined {
    const found = new Set<Row>()
    let read = 0
    let survey = surveyedMatches
    for (const { constraint } of choices) {
      for (const slots of this.#slotsOf(constraint)) {
        for (const slot of slots) {
          read++
          if (!test(slot) || !this.#isWanted(this.#rows[slot] as Row, selection)) continue
          found.add(this.#rows[slot] as Row)
          if (found.size < survey) continue
          const left = Math.max(0, expected - read)
          if (this.#isWalkCheaper(selection, left, found.size * (1 + left / read))) return undefined
          survey *= 2
        }
      }
    }
    return { ...firstOf([...found], selection), read }
  }

  /** Reads all rows in the order of their names; stops at the limit where that is the order asked for. */
  #walk(selection: Selection, test: SlotTest): Selected {
    const rows: Row[] = []
    const from = selection.order === undefined ? this.#after(selection.after) : 0
    for (let i = from; i < this.size; i++) {
      if (!test(this.#byName[i] as number) || !this.#isWanted(this.#rowAt(i), selection)) continue
      if (selection.order === undefined && rows.length === selection.limit) return { rows, more: true, read: i - from + 1 }
      rows.push(this.#rowAt(i))
    }
    const read = this.size - from
    return selection.order === undefined ? { rows, more: false, read } : { ...firstOf(rows, selection), read }
  }

  #isWanted(row: Row, { query, order = compareIds, after, now }: Selection): boolean {
    return isServed(row, now) && query.matches(row.record) && (after === undefined || order(row.record, after) > 0)
  }

  #rowAt(place: number): Row {
    return this.#rows[this.#byName[place] as number] as Row
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
      if (before(this.#rowAt(middle))) low = middle + 1
      else high = middle
    }
    return low
  }
}

function forEachValue(attributes: Attributes, visit: (attribute: string, value: AttributeValue) => void): void {
  for (const attribute in attributes) for (const value of attributes[attribute] as readonly AttributeValue[]) visit(attribute, value)
}

/** The first rows in the order asked for, as many as the limit says. */
function firstOf(rows: Row[], { order = compareIds, limit }: Selection): Omit<Selected, 'read'> {
  rows.sort((a, b) => order(a.record, b.record))
  return { rows: rows.slice(0, limit), more: rows.length > limit }
}

function every(tests: readonly SlotTest[]): SlotTest {
  return (slot) => {
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as SlotTest)(slot)) return false
    return true
  }
}

function always(): boolean {
  return true
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined
}

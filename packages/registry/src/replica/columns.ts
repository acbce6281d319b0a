import { type Attributes, type AttributeValue, type Constraint, rangesContain } from '@cloudpeer/model'

/** What a row has of one attribute: its value, its values where it has several, undefined where it has none. */
type Cell = AttributeValue | readonly AttributeValue[] | undefined

/** Whether a row, by its slot, can satisfy something. */
export type SlotTest = (slot: number) => boolean

/** Attributes that have a column: a column takes eight bytes a slot, and owners may invent attributes. */
const columnsMax = 64

/**
 * The attributes that queries ask about, each as a list of cells by slot: reading a cell costs a fraction of looking an
 * attribute up in a record. A column is made when its attribute is first asked about.
 */
export class Columns {
  readonly #columns = new Map<string, Cell[]>()

  /** A row has taken a slot. */
  set(slot: number, attributes: Attributes): void {
    for (const [attribute, cells] of this.#columns) cells[slot] = cellFrom(attributes[attribute])
  }

  /** Tests a constraint on an attribute; undefined for one that has no column and gets none. `rows` fill a new column. */
  test({ attribute, ranges }: Constraint, rows: readonly { readonly record: { readonly attributes: Attributes } }[]): SlotTest | undefined {
    let cells = this.#columns.get(attribute)
    if (cells === undefined) {
      if (this.#columns.size >= columnsMax) return undefined
      cells = rows.map(({ record }) => cellFrom(record.attributes[attribute]))
      this.#columns.set(attribute, cells)
    }
    return testFrom(cells, ranges)
  }
}

function cellFrom(values: readonly AttributeValue[] | undefined): Cell {
  return values?.length === 1 ? values[0] : values
}

function testFrom(cells: readonly Cell[], ranges: Constraint['ranges']): SlotTest {
  const isAnyIn = (values: readonly AttributeValue[]): boolean => values.some((value) => rangesContain(ranges, value))
  const [range] = ranges
  if (ranges.length !== 1 || range === undefined || (range.low === undefined && range.high === undefined))
    return (slot) => {
      const cell = cells[slot]
      return cell !== undefined && (typeof cell === 'object' ? isAnyIn(cell) : rangesContain(ranges, cell))
    }
  const { low, lowOpen, high, highOpen } = range
  if (low === high)
    return (slot) => {
      const cell = cells[slot]
      return cell === low || (typeof cell === 'object' && isAnyIn(cell))
    }
  const type = typeof (low ?? high)
  return (slot) => {
    const cell = cells[slot]
    if (typeof cell !== type) return typeof cell === 'object' && isAnyIn(cell)
    const value = cell as AttributeValue
    if (low !== undefined && (lowOpen ? value <= low : value < low)) return false
    return high === undefined || (highOpen ? value < high : value <= high)
  }
}

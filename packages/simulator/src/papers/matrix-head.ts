import type { ChordNode } from './chord-node.ts'
import { cellKey, type MatrixBody, type MatrixReply, type MatrixSize } from './matrix-messages.ts'

/** Most columns, and most rows, of one matrix. */
const extentMax = 64

/** The sizes of the matrices whose head one node is. */
export class MatrixHead {
  readonly #node: () => ChordNode<MatrixBody, MatrixReply>
  readonly #sizes = new Map<string, MatrixSize>()
  readonly #growing = new Set<string>()

  constructor(node: () => ChordNode<MatrixBody, MatrixReply>) {
    this.#node = node
  }

  sizeOf(attribute: string): MatrixSize {
    return this.#sizes.get(attribute) ?? { columns: 1, rows: 1 }
  }

  /**
   * Grows a matrix by one column or one row, unless it is larger already than the cell that asks has seen, or is growing. A
   * row counts once each of its cells has copied what the first row has.
   */
  async grow(attribute: string, dimension: keyof MatrixSize, seen: number): Promise<void> {
    const size = this.sizeOf(attribute)
    if (size[dimension] !== seen || seen >= extentMax || this.#growing.has(attribute)) return
    this.#growing.add(attribute)
    if (dimension === 'rows') await this.#fillRow(attribute, size)
    this.#sizes.set(attribute, { ...size, [dimension]: seen + 1 })
    this.#growing.delete(attribute)
  }

  async #fillRow(attribute: string, { columns, rows }: MatrixSize): Promise<void> {
    const cells = Array.from({ length: columns }, (_, index) => ({ attribute, column: index + 1, row: rows + 1 }))
    await Promise.all(cells.map((cell) => this.#node().ask(cellKey(cell), { kind: 'fill', cell })))
  }
}

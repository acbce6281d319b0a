import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import { type Capacity, NodeRates } from './capacity.ts'
import type { ChordNode } from './chord-node.ts'
import { type Cell, cellKey, type Entry, headKey, type MatrixBody, type MatrixReply, type MatrixSize } from './matrix-messages.ts'

/** Share of its capacity from which on a node asks for a larger matrix. */
const highWaterShare = 0.8

/** How long a cell waits before it asks for the same growth again, in ms. */
const askAgainMs = 500

type Request<Kind> = Extract<MatrixBody, { readonly kind: Kind }>

/** The cells that one node keeps, all of them within one capacity. */
export class MatrixCells {
  readonly #capacity: Capacity
  readonly #time: VirtualTime
  readonly #node: () => ChordNode<MatrixBody, MatrixReply>
  readonly #rates: NodeRates
  readonly #highWater: NodeRates
  readonly #cells = new Map<string, Map<number, Entry>>()
  readonly #askedAt = new Map<string, number>()
  #stored = 0

  constructor(capacity: Capacity, time: VirtualTime, node: () => ChordNode<MatrixBody, MatrixReply>) {
    this.#capacity = capacity
    this.#time = time
    this.#node = node
    this.#rates = new NodeRates(capacity)
    this.#highWater = new NodeRates(capacity, highWaterShare)
  }

  register({ cell, size, entry }: Request<'register'>): MatrixReply {
    const calm = this.#highWater.takeRegistrations(entry.weight, this.#time.now)
    const isNewest = cell.column === size.columns
    if (isNewest && (!calm || this.#stored + entry.weight > this.#capacity.pairsMax * highWaterShare)) this.#askFor(cell, 'columns', size)
    return { ok: this.#rates.takeRegistrations(entry.weight, this.#time.now) && this.#store(cell, entry) }
  }

  remove({ cell, id }: Request<'remove'>): MatrixReply {
    const entries = this.#cells.get(cellKey(cell))
    this.#stored -= entries?.get(id)?.weight ?? 0
    entries?.delete(id)
    return { ok: true }
  }

  query({ cell, size, pairs }: Request<'query'>): MatrixReply {
    if (!this.#highWater.takeQuery(this.#time.now)) this.#askFor(cell, 'rows', size)
    if (!this.#rates.takeQuery(this.#time.now)) return { ok: false }
    const matching = this.entries(cell).filter((entry) => pairs.every((pair) => entry.pairs.includes(pair)))
    return { ok: true, ids: matching.map(({ id }) => id) }
  }

  entries(cell: Cell): readonly Entry[] {
    return [...(this.#cells.get(cellKey(cell))?.values() ?? [])]
  }

  /** Copies what the first row of the column has, as far as there is room. */
  async fill({ cell }: Request<'fill' | 'copy'>): Promise<MatrixReply> {
    const first = { ...cell, row: 1 }
    const reply = await this.#node().ask(cellKey(first), { kind: 'copy', cell: first })
    for (const entry of reply?.entries ?? []) this.#store(cell, entry)
    return { ok: true }
  }

  #store(cell: Cell, entry: Entry): boolean {
    if (this.#stored + entry.weight > this.#capacity.pairsMax) return false
    const key = cellKey(cell)
    this.#cells.set(key, (this.#cells.get(key) ?? new Map<number, Entry>()).set(entry.id, entry))
    this.#stored += entry.weight
    return true
  }

  #askFor({ attribute }: Cell, dimension: keyof MatrixSize, size: MatrixSize): void {
    const key = `${attribute}/${dimension}`
    if (this.#time.now < (this.#askedAt.get(key) ?? 0) + askAgainMs) return
    this.#askedAt.set(key, this.#time.now)
    void this.#node().ask(headKey(attribute), { kind: 'grow', attribute, dimension, seen: size[dimension] })
  }
}

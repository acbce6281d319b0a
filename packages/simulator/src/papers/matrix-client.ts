import { pick, present, type Random } from '@cloudpeer/core'
import type { VirtualTime } from '@cloudpeer/core/virtual-time'
import type { ChordNode } from './chord-node.ts'
import { type Cell, cellKey, type Entry, headKey, type MatrixBody, type MatrixReply, type MatrixSize, pairText } from './matrix-messages.ts'
import type { Deployment, Outcome, PaperService, QueryOutcome, QueryTerm } from './scheme.ts'

/** How long a node believes the size that a head told it, in ms, unless a cell refuses. */
const sizeKeptMs = 10_000

/** One node's way into the matrices. */
export class MatrixClient {
  readonly #node: ChordNode<MatrixBody, MatrixReply>
  readonly #time: VirtualTime
  readonly #random: Random
  readonly #counted: Deployment['counted']
  readonly #sizes = new Map<string, { readonly size: MatrixSize; readonly until: number }>()

  constructor(node: ChordNode<MatrixBody, MatrixReply>, time: VirtualTime, random: Random, counted: Deployment['counted']) {
    this.#node = node
    this.#time = time
    this.#random = random
    this.#counted = counted
  }

  /** Registers each attribute in a random column of its matrix, in all rows; withdraws what was taken if one is refused for good. */
  async register(service: PaperService): Promise<Outcome> {
    const began = this.#time.now
    const pairs = service.attributes.flatMap(({ attribute, values }) => values.map((value) => pairText({ attribute, value })))
    const placed = await Promise.all(
      service.attributes.map(({ attribute, values }) => {
        const weight = this.#counted === 'whole' ? pairs.length : values.length
        return this.#place(attribute, { id: service.id, pairs, weight })
      })
    )
    const ok = placed.every((cells) => cells !== undefined)
    if (!ok) for (const keys of placed) await this.#withdraw(keys ?? [], service.id)
    return { ok, latencyMs: this.#time.now - began }
  }

  /** Asks one row of each column of the smallest matrix. */
  async query(terms: readonly QueryTerm[]): Promise<QueryOutcome> {
    const began = this.#time.now
    const sizes = await Promise.all(terms.map(({ attribute }) => this.#size(attribute)))
    const fewest = Math.min(...sizes.map(({ columns }) => columns))
    const { attribute } = present(terms[sizes.findIndex(({ columns }) => columns === fewest)], 'a query without terms')
    const pairs = terms.map(pairText)
    const found = (await this.#read(attribute, pairs)) ?? (await this.#readAnew(attribute, pairs))
    return { ok: found !== undefined, latencyMs: this.#time.now - began, found: (found ?? []).sort((a, b) => a - b) }
  }

  /** The cells that took the entry; a refusal may be due to an old idea of the size, so the newest column is tried after it. */
  async #place(attribute: string, entry: Entry): Promise<readonly Cell[] | undefined> {
    const size = await this.#size(attribute)
    const taken = await this.#write(attribute, 1 + this.#random.integer(size.columns), size, entry)
    if (taken !== undefined) return taken
    this.#sizes.delete(attribute)
    const now = await this.#size(attribute)
    return this.#write(attribute, now.columns, now, entry)
  }

  async #write(attribute: string, column: number, size: MatrixSize, entry: Entry): Promise<readonly Cell[] | undefined> {
    const cells = Array.from({ length: size.rows }, (_, index) => ({ attribute, column, row: index + 1 }))
    const replies = await Promise.all(cells.map((cell) => this.#node.ask(cellKey(cell), { kind: 'register', cell, size, entry })))
    const taken = cells.filter((_, index) => replies[index]?.ok)
    if (taken.length === cells.length) return taken
    await this.#withdraw(taken, entry.id)
    return undefined
  }

  async #withdraw(cells: readonly Cell[], id: number): Promise<void> {
    await Promise.all(cells.map((cell) => this.#node.ask(cellKey(cell), { kind: 'remove', cell, id })))
  }

  async #read(attribute: string, pairs: readonly string[]): Promise<number[] | undefined> {
    const size = await this.#size(attribute)
    const rows = Array.from({ length: size.rows }, (_, index) => index + 1)
    const cells = Array.from({ length: size.columns }, (_, index) => ({ attribute, column: index + 1, row: pick(this.#random, rows) }))
    const replies = await Promise.all(cells.map((cell) => this.#node.ask(cellKey(cell), { kind: 'query', cell, size, pairs })))
    return replies.every((reply) => reply?.ok) ? [...new Set(replies.flatMap((reply) => reply?.ids ?? []))] : undefined
  }

  #readAnew(attribute: string, pairs: readonly string[]): Promise<number[] | undefined> {
    this.#sizes.delete(attribute)
    return this.#read(attribute, pairs)
  }

  async #size(attribute: string): Promise<MatrixSize> {
    const known = this.#sizes.get(attribute)
    if (known !== undefined && this.#time.now < known.until) return known.size
    const size = (await this.#node.ask(headKey(attribute), { kind: 'size', attribute }))?.size ?? { columns: 1, rows: 1 }
    this.#sizes.set(attribute, { size, until: this.#time.now + sizeKeptMs })
    return size
  }
}

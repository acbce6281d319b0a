import type { QueryTerm } from './scheme.ts'

/** How large the matrix of an attribute is. */
export interface MatrixSize {
  /** Partitions: each registration goes to one column. */
  readonly columns: number
  /** Replicas: each registration goes to all rows of its column. */
  readonly rows: number
}

/** One place in the matrix of an attribute, from 1. */
export interface Cell {
  readonly attribute: string
  readonly column: number
  readonly row: number
}

/** A service as the cells of one attribute keep it: whole, so that one matrix answers a whole conjunction. */
export interface Entry {
  readonly id: number
  /** All of the service's pairs, `attribute=value`. */
  readonly pairs: readonly string[]
  /** What the entry counts as, in pairs. */
  readonly weight: number
}

/** What is asked of a node of a matrix. `size` is what the asker takes the matrix for. */
export type MatrixBody =
  | { readonly kind: 'register'; readonly cell: Cell; readonly size: MatrixSize; readonly entry: Entry }
  | { readonly kind: 'remove'; readonly cell: Cell; readonly id: number }
  | { readonly kind: 'query'; readonly cell: Cell; readonly size: MatrixSize; readonly pairs: readonly string[] }
  | { readonly kind: 'size'; readonly attribute: string }
  | { readonly kind: 'grow'; readonly attribute: string; readonly dimension: keyof MatrixSize; readonly seen: number }
  | { readonly kind: 'fill' | 'copy'; readonly cell: Cell }

/** What it answers; which fields are there depends on what was asked. */
export interface MatrixReply {
  readonly ok: boolean
  readonly ids?: readonly number[]
  readonly size?: MatrixSize
  readonly entries?: readonly Entry[]
}

/** The key of a place: S1 hashes attribute, column and row (section 3.2), Gao and Steenkiste the value, too. */
export function cellKey({ attribute, column, row }: Cell): string {
  return `${attribute}/${column}/${row}`
}

/** The key of the node that keeps the size. */
export function headKey(attribute: string): string {
  return `${attribute}/0/0`
}

/** A pair as entries and queries have it. */
export function pairText({ attribute, value }: QueryTerm): string {
  return `${attribute}=${value}`
}

import type { Documents } from '../documents/documents.ts'
import type { Signed } from '../documents/signed-document.ts'
import type { RequestState } from '../provisioning.ts'
import { isWaiting, outcomeAfter } from './outcome.ts'
import { OwnRequest } from './own-request.ts'
import type { CheckedSpec } from './spec.ts'
import { isWritten, type Unit } from './unit.ts'
import { resumedUnit, UnitBook } from './unit-book.ts'

/** A request as it is on disk, without its units. Times are of the requester's clock, which goes on across restarts. */
export interface RequestRow {
  readonly spec: CheckedSpec
  readonly request: Signed
  readonly state: RequestState
  readonly createdAt: number
  readonly waitedMs: number
}

/** A unit as it is on disk: nothing where it is wanted, or only held, which its owner frees. */
export type UnitRow =
  | { readonly state: 'done' }
  | {
      readonly state: 'leased'
      readonly lease: Signed
      /** How long the lease is wanted from when it is active; or, once it is, when it is to be released. Without both for ever. */
      readonly wantedMs?: number
      readonly endsMs?: number
    }

/** A request's row, when it was written, and the rows of its units, by unit. */
export interface WrittenRequest {
  readonly row: RequestRow
  readonly atMs: number
  readonly units: ReadonlyMap<number, UnitRow>
}

/** Rows that have changed, by what they belong to; undefined where there is none any more. */
export interface RowChanges {
  /** A request that is gone takes its units with it. */
  readonly requests: ReadonlyMap<string, RequestRow | undefined>
  readonly units: readonly (readonly [request: string, unit: number, row: UnitRow | undefined])[]
  /** What the clock shows. */
  readonly nowMs: number
}

/** What is written of a request now. */
export function requestRow(own: OwnRequest, nowMs: number): RequestRow {
  const { spec, request, state, createdAt } = own
  return { spec, request: request.signed, state, createdAt, waitedMs: own.waitedMs(nowMs) }
}

/** What is written of a unit; undefined for nothing. */
export function unitRow(unit: Unit): UnitRow | undefined {
  if (!isWritten(unit)) return undefined
  if (unit.state === 'done') return unit
  const leased = { state: 'leased', lease: unit.lease.signed } as const
  const [name, ms] = unit.state === 'confirming' ? (['wantedMs', unit.wantedMs] as const) : (['endsMs', unit.endsMs] as const)
  return ms === Number.POSITIVE_INFINITY ? leased : { ...leased, [name]: ms }
}

/** The request that goes on from what is written: nothing is believed of its leases until their owners have spoken. */
export function resumedRequest({ row, atMs, units }: WrittenRequest, documents: Documents, nowMs: number): OwnRequest {
  const { spec, state } = row
  const resumed = Array.from({ length: spec.count }, (_, unit) => unitFrom(units.get(unit), documents, nowMs))
  const book = new UnitBook(spec, resumed, state === 'expired' || state === 'cancelled')
  book.giveBackIncomplete()
  const waitedMs = row.waitedMs + (isWaiting(state) ? nowMs - atMs : 0)
  const init = { spec, createdAt: row.createdAt, request: documents.requests.open(row.request), book, waitedMs }
  return new OwnRequest({ ...init, state: outcomeAfter(state, 'restarted') }, nowMs)
}

function unitFrom(row: UnitRow | undefined, documents: Documents, nowMs: number): Unit {
  if (row === undefined) return { state: 'wanted' }
  if (row.state === 'done') return row
  const leftMs = row.endsMs === undefined ? (row.wantedMs ?? Number.POSITIVE_INFINITY) : row.endsMs - nowMs
  return resumedUnit(documents.leases.open(row.lease), nowMs, Math.max(0, leftMs))
}

import { decode, equalBytes, type Store } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import type { Signed } from '../documents/signed-document.ts'
import type { RequestRow, RowChanges, UnitRow } from './request-rows.ts'

/** A request in the first layout of the store, in one row with all its units; `leftMs` is how long a lease is still wanted, absent for ever. */
type WholeRequest = RequestRow & { readonly units: readonly WholeUnit[] }
type WholeUnit =
  | { readonly state: 'wanted' }
  | { readonly state: 'done' }
  | { readonly state: 'leased'; readonly lease: Signed; readonly leftMs?: number }

/** Moves what is in the first layout to the rows of this one; `put` is called in a transaction. What is damaged goes as it would at a restart. */
export function moveFirstLayout(store: Store, put: (changes: RowChanges) => void): void {
  const rows = store.prepare('SELECT id, row, digest FROM whole_requests').all()
  if (rows.length === 0) return
  const found = rows.flatMap(({ id, row, digest }): [string, WholeRequest][] => {
    const bytes = row as Uint8Array
    return equalBytes(digest as Uint8Array, sha256(bytes)) ? [[String(id), decode(bytes, 'a request on disk') as WholeRequest]] : []
  })
  store.transaction(() => {
    put({
      requests: new Map(found.map(([id, { units: _, ...row }]) => [id, row])),
      units: found.flatMap(([id, { units }]) => units.map((unit, place) => [id, place, unitRow(unit)] as const)),
      nowMs: 0
    })
    store.prepare('DELETE FROM whole_requests').run()
  })
}

function unitRow(unit: WholeUnit): UnitRow | undefined {
  if (unit.state === 'wanted') return undefined
  if (unit.state === 'done') return { state: 'done' }
  const { state, lease, leftMs } = unit
  return { state, lease, ...(leftMs === undefined ? {} : { wantedMs: leftMs }) }
}

import { packRecords, type SignedRecord } from '@cloudpeer/registry/protocols'

/** The answer to a read of a replica that has these records. */
export function readAnswer(records: readonly SignedRecord[], more = false): unknown {
  return { rows: packRecords(records), more, read: records.length, held: records.length }
}

/** The answer to a reconciliation of a replica that claims to be complete and to have the same. */
export const agreement = { ranges: [], ready: true }

/** A page of copies without a record. */
export const emptyPage = { rows: new Uint8Array(), leftMs: [] }

/** The answer of a replica that knows none of the services that it was asked for. */
export function knowsNone(request: unknown): unknown {
  return { rows: new Uint8Array(), answered: (request as { readonly ids: readonly unknown[] }).ids.length }
}

import type { SignedRecord } from '../record/record.ts'
import { pageBytesMax } from './protocol.ts'

/** `[bytes, signature]` of each record in one list, as pages carry them. */
export type WireRows = readonly Uint8Array[]

/** How many of the records fit into one page; at least one, so that a reader always gets on. */
export function countThatFits(records: readonly SignedRecord[]): number {
  let bytes = 0
  for (let count = 0; count < records.length; count++) {
    const { bytes: record, signature } = records[count] as SignedRecord
    bytes += record.length + signature.length + 8
    if (bytes > pageBytesMax && count > 0) return count
  }
  return records.length
}

/** The records as a page carries them. */
export function wireRowsFrom(records: readonly SignedRecord[]): WireRows {
  const rows: Uint8Array[] = []
  for (const { bytes, signature } of records) rows.push(bytes, signature)
  return rows
}

/** The records of a page. A last one without a signature is dropped: nobody can have signed it. */
export function signedRecordsFrom(rows: WireRows): SignedRecord[] {
  const records: SignedRecord[] = []
  for (let i = 0; i + 1 < rows.length; i += 2) records.push({ bytes: rows[i] as Uint8Array, signature: rows[i + 1] as Uint8Array })
  return records
}

import { CloudError } from '@cloudpeer/core'
import { type SignedRecord, signatureBytes } from '../record/record.ts'
import { pageBytesMax } from './protocol.ts'

/** Bytes before each record of a page: the length of the record, big-endian. */
const lengthBytes = 4

/** How many of the records fit into one page; at least one, so that a reader always gets on. */
export function countThatFits(records: readonly SignedRecord[]): number {
  let bytes = 0
  for (let count = 0; count < records.length; count++) {
    bytes += packedBytes(records[count] as SignedRecord)
    if (bytes > pageBytesMax && count > 0) return count
  }
  return records.length
}

/** Bytes that a record takes in a page. */
export function packedBytes({ bytes }: SignedRecord): number {
  return lengthBytes + bytes.length + signatureBytes
}

/** A page of records: of each its length, its bytes and its signature. One byte string is far cheaper to read than a list. */
export function packRecords(records: readonly SignedRecord[]): Uint8Array {
  const page = new Uint8Array(records.reduce((sum, record) => sum + packedBytes(record), 0))
  const view = new DataView(page.buffer)
  let at = 0
  for (const { bytes, signature } of records) {
    view.setUint32(at, bytes.length)
    page.set(bytes, at + lengthBytes)
    page.set(signature, at + lengthBytes + bytes.length)
    at += lengthBytes + bytes.length + signatureBytes
  }
  return page
}

/** The records of a page, as views into it. MALFORMED for a page that is cut short. */
export function unpackRecords(page: Uint8Array): SignedRecord[] {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const records: SignedRecord[] = []
  for (let at = 0; at < page.length; ) {
    const start = at + lengthBytes
    const end = start <= page.length ? start + view.getUint32(at) : Number.POSITIVE_INFINITY
    if (end + signatureBytes > page.length) throw new CloudError('MALFORMED', { field: 'rows', problem: 'is cut short' })
    records.push({ bytes: page.subarray(start, end), signature: page.subarray(end, end + signatureBytes) })
    at = end + signatureBytes
  }
  return records
}

import type { PeerId } from '@cloudpeer/core'
import { nameSchema } from '@cloudpeer/model'
import { defineProtocol } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { recordBytesMax, signatureBytes } from '../record/record.ts'
import { packedBytes, packRecords } from '../replica/page.ts'
import { pageBytesMax, rowsSchema } from '../replica/protocol.ts'
import type { RecordStore } from '../replica/record-store.ts'
import { type Row, recordId } from '../replica/row.ts'

/** Most services whose newest version is asked for at once. */
export const newestIdsMax = 256

/** A replica's newest version of some services, tombstones included: what settles whether a record is superseded. */
export const newestProtocol = defineProtocol({
  id: '/cloudpeer/registry/newest/1',
  request: Type.Object(
    { ids: Type.Array(Type.Tuple([Type.String({ maxLength: 64 }), nameSchema]), { minItems: 1, maxItems: newestIdsMax }) },
    { additionalProperties: false }
  ),
  reply: Type.Object({
    rows: rowsSchema,
    /** How many of the services, from the first on, were looked up before the page was full. */
    answered: Type.Integer({ minimum: 1, maximum: newestIdsMax })
  }),
  requestBytesMax: 64 * 1024,
  replyBytesMax: pageBytesMax + recordBytesMax + signatureBytes + 1024,
  rate: { perSecond: 5_000, burst: 5_000 },
  lane: 'bulk',
  timeoutMs: 1_500
})

/** Answers from the rows at hand. */
export function newestRows(
  store: RecordStore,
  ids: readonly (readonly [string, string])[]
): { readonly rows: Uint8Array; readonly answered: number } {
  const rows: Row[] = []
  let bytes = 0
  let answered = 0
  for (const [owner, name] of ids) {
    const row = store.get(recordId({ owner: owner as PeerId, name }))
    bytes += row === undefined ? 0 : packedBytes(row)
    if (answered > 0 && bytes > pageBytesMax) break
    if (row !== undefined) rows.push(row)
    answered++
  }
  return { rows: packRecords(rows), answered }
}

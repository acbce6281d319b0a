import { decode, type PeerId } from '@cloudpeer/core'

/** Of a record as it lies in its bytes, what checkers ask for. */
export interface RecordFields {
  readonly network: string
  readonly owner: PeerId
  readonly name: string
  readonly epoch: number
  readonly seq: number
  readonly ttlMs: number
  readonly deleted: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The most records whose fields are kept: the same ones are met at many nodes, again and again. */
const keptMax = 8_192
const kept = new Map<string, RecordFields>()

/** The fields of arrays that were met before: several checkers look at each message. */
const met = new WeakMap<Uint8Array, RecordFields>()

/** Reads a record's fields without any of the code that is judged. */
export function recordFields(bytes: Uint8Array): RecordFields {
  const known = met.get(bytes)
  if (known !== undefined) return known
  const fields = keptFields(bytes)
  met.set(bytes, fields)
  return fields
}

function keptFields(bytes: Uint8Array): RecordFields {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const known = kept.get(key)
  if (known !== undefined) return known
  const fields = decode(bytes, 'record') as RecordFields
  if (kept.size >= keptMax) kept.delete(kept.keys().next().value as string)
  kept.set(key, fields)
  return fields
}

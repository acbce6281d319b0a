import { decode, encode, type PeerId } from '@cloudpeer/core'
import type { Signer } from '@cloudpeer/core/identity'
import type { SignedRecord } from '@cloudpeer/registry/protocols'
import { type Raider, raiderEpoch } from '../raid.ts'
import { wire } from '../raw-protocol.ts'

/** The fields of a record, right or wrong. */
export type RecordFields = Readonly<Record<string, unknown>>

/** The fields of a record that would be in order if its owner signed it. */
export function fieldsOf({ networkId, signer }: Raider, name: string, owner: PeerId = signer.self): RecordFields {
  const attributes = { cores: [4], kind: ['web'] }
  const version = { network: networkId, owner, name, epoch: raiderEpoch, seq: 1, ttlMs: 600_000, deleted: false }
  return { ...version, attributes, endpoints: [] }
}

/** Signs any fields at all, for the network's records unless another domain is given. */
export function signFields(signer: Signer, fields: RecordFields, domain = `cloudpeer/record/v1/${fields.network}`): SignedRecord {
  return signBytes(signer, encode(fields), domain)
}

/** Signs any bytes at all. */
export function signBytes(signer: Signer, bytes: Uint8Array, domain: string): SignedRecord {
  return { bytes, signature: signer.sign(domain, bytes) }
}

/** The fields that a record was signed with, not verified. */
export function fieldsIn({ bytes }: SignedRecord): RecordFields {
  return decode(bytes) as RecordFields
}

/** Writes records to a peer and counts those that it took as `taken`, the others by their codes. */
export async function write(raider: Raider, peer: PeerId, records: readonly SignedRecord[]): Promise<void> {
  const reply = await raider.send(peer, wire.write, { records: records.map(({ bytes, signature }) => [bytes, signature]) })
  if (reply === undefined) return
  const { failed } = reply as { readonly failed: readonly { readonly error: { readonly code: string } }[] }
  for (const { error } of failed) raider.count(error.code)
  if (failed.length < records.length) raider.count('taken', records.length - failed.length)
}

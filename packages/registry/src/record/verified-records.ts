import { equalBytes } from '@cloudpeer/core'
import type { Verifier } from '@cloudpeer/core/identity'
import { LRUCache } from 'lru-cache'
import { openRecord, type SignedRecord, type VerifiedRecord } from './record.ts'

/** Records kept verified and decoded. */
const verifiedMax = 32_768

/** Opens signed records, each only once while it is remembered: verification is the dearest step of all. */
export interface VerifiedRecords {
  /** As {@link openRecord}. */
  open(signed: SignedRecord): VerifiedRecord
  /** Remembers a record that this node signed or verified already. */
  remember(record: VerifiedRecord): void
}

/** Records of one network, remembered by their signatures. */
export function createVerifiedRecords(network: string, verifier: Verifier): VerifiedRecords {
  const known = new LRUCache<string, VerifiedRecord>({ max: verifiedMax })
  return {
    open(signed) {
      const key = signatureKey(signed.signature)
      const found = known.get(key)
      if (found !== undefined && equalBytes(found.bytes, signed.bytes)) return found
      const opened = openRecord(signed, network, verifier)
      known.set(key, opened)
      return opened
    },
    remember: (record) => void known.set(signatureKey(record.signature), record)
  }
}

function signatureKey({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

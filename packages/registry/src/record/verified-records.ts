import type { Verifier } from '@cloudpeer/core/identity'
import { LRUCache } from 'lru-cache'
import { openRecord, type SignedRecord, type VerifiedRecord } from './record.ts'

/** Records kept verified and decoded. */
const verifiedMax = 32_768

/** Opens signed records, each only once while it is remembered: verification is the dearest step of all. */
export interface VerifiedRecords {
  /** As {@link openRecord}; the bytes are copied, so a page that they came in is not kept. */
  open(signed: SignedRecord): VerifiedRecord
  /** Remembers a record that this node signed or verified already. */
  remember(record: VerifiedRecord): void
}

/** Records of one network, remembered by their signatures. */
export function createVerifiedRecords(network: string, verifier: Verifier): VerifiedRecords {
  const known = new LRUCache<string, VerifiedRecord>({ maxSize: verifiedMax, sizeCalculation: () => 1 })
  return {
    open(signed) {
      const key = signatureKey(signed.signature)
      const found = known.get(key)
      if (found !== undefined && Buffer.compare(found.bytes, signed.bytes) === 0) return found
      const opened = openRecord({ bytes: signed.bytes.slice(), signature: signed.signature.slice() }, network, verifier)
      known.set(key, opened)
      return opened
    },
    remember: (record) => void known.set(signatureKey(record.signature), record)
  }
}

function signatureKey({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

import { hash } from 'node:crypto'

/** SHA-256: 32 bytes. */
export function sha256(bytes: Uint8Array | string): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

import { createHash } from 'node:crypto'

/** Bytes gathered before they are hashed: one call per delivery would cost more than the delivery. */
const blockBytes = 64 * 1024

/** A running SHA-256 over every delivery, in order: two runs with one digest did the same. */
export interface Trace {
  /** Deliveries so far. */
  readonly deliveries: number
  /** Takes up that `bytes` of `protocol` reached `to` from `from` at `atMs`. */
  add(atMs: number, from: string, to: string, protocol: string, bytes: Uint8Array): void
  /** The digest of everything up to now, in hexadecimal. More may be added afterwards. */
  digest(): string
}

/** An empty trace. */
export function createTrace(): Trace {
  const hash = createHash('sha256')
  const block = Buffer.allocUnsafe(blockBytes)
  let used = 0
  let deliveries = 0

  function flush(): void {
    hash.update(block.subarray(0, used))
    used = 0
  }

  return {
    get deliveries() {
      return deliveries
    },
    add(atMs, from, to, protocol, bytes) {
      deliveries++
      const head = `${atMs}|${from}|${to}|${protocol}|${bytes.length}|`
      if (used + head.length + bytes.length > blockBytes) flush()
      used += block.write(head, used, 'latin1')
      if (used + bytes.length > blockBytes) {
        flush()
        hash.update(bytes)
      } else {
        block.set(bytes, used)
        used += bytes.length
      }
    },
    digest() {
      flush()
      return hash.copy().digest('hex')
    }
  }
}

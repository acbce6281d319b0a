import { createHash } from 'node:crypto'
import type { Packet } from './packet.ts'

/** Bytes gathered before they are hashed: one call per delivery would cost more than the delivery. */
const blockBytes = 64 * 1024

/** A running SHA-256 over every delivery, in order: two runs with one digest did the same. */
export interface Trace {
  /** Deliveries so far. */
  readonly deliveries: number
  /** Takes up that a packet reached `to` from `from` at `atMs`: its protocol and bytes, or kind where it carries a value. */
  add(atMs: number, from: string, to: string, packet: Packet): void
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

  function write(head: string): void {
    if (used + head.length > blockBytes) flush()
    used += block.write(head, used, 'latin1')
  }

  function append(bytes: Uint8Array): void {
    if (used + bytes.length > blockBytes) flush()
    if (bytes.length > blockBytes) hash.update(bytes)
    else {
      block.set(bytes, used)
      used += bytes.length
    }
  }

  return {
    get deliveries() {
      return deliveries
    },
    add(atMs, from, to, { name, kind, message }) {
      deliveries++
      const isBytes = message instanceof Uint8Array
      write(`${atMs}|${from}|${to}|${name}|${isBytes ? message.length : kind}|`)
      if (isBytes) append(message)
    },
    digest() {
      flush()
      return hash.copy().digest('hex')
    }
  }
}

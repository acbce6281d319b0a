import { createHash } from 'node:crypto'
import type { Packet } from './packet.ts'

/** Bytes gathered before they are hashed: one call per delivery would cost more than the delivery. */
const blockBytes = 64 * 1024

/** Bytes of one delivery: its time as a double, and four numbers of 32 bits. */
const deliveryBytes = 24

/** A running SHA-256 over every delivery, in order: two runs with one digest did the same. */
export interface Trace {
  /** Deliveries so far. */
  readonly deliveries: number
  /** Takes up that a packet reached `to` from `from` at `atMs`: its protocol and bytes, or kind where it carries a value. */
  add(atMs: number, from: string, to: string, packet: Packet): void
  /** The digest of everything up to now, in hexadecimal. More may be added afterwards. */
  digest(): string
}

/**
 * An empty trace. Of each delivery it hashes the time, and the numbers of sender, receiver, protocol and kind, or length in place of
 * the kind, and then the bytes. A name gets its number when it is met first, and is then hashed itself, behind a zero byte.
 */
export function createTrace(): Trace {
  const hash = createHash('sha256')
  const block = Buffer.allocUnsafe(blockBytes)
  const numbers = new Map<string, number>()
  let used = 0
  let deliveries = 0

  function makeRoom(bytes: number): void {
    if (used + bytes > blockBytes) flush()
  }

  function flush(): void {
    hash.update(block.subarray(0, used))
    used = 0
  }

  function append(bytes: Uint8Array): void {
    makeRoom(bytes.length)
    if (bytes.length > blockBytes) hash.update(bytes)
    else {
      block.set(bytes, used)
      used += bytes.length
    }
  }

  function numberOf(name: string): number {
    const known = numbers.get(name)
    if (known !== undefined) return known
    const number = numbers.size
    numbers.set(name, number)
    append(Buffer.from(`\0${name}`))
    return number
  }

  return {
    get deliveries() {
      return deliveries
    },
    add(atMs, from, to, { name, kind, message }) {
      deliveries++
      const isBytes = message instanceof Uint8Array
      const sender = numberOf(from)
      const receiver = numberOf(to)
      const protocol = numberOf(name)
      const last = isBytes ? message.length : numberOf(kind)
      makeRoom(deliveryBytes)
      block.writeDoubleLE(atMs, used)
      block.writeUInt32LE(sender, used + 8)
      block.writeUInt32LE(receiver, used + 12)
      block.writeUInt32LE(protocol, used + 16)
      block.writeUInt32LE(last, used + 20)
      used += deliveryBytes
      if (isBytes) append(message)
    },
    digest() {
      flush()
      return hash.copy().digest('hex')
    }
  }
}

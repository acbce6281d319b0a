import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Message, Packet } from '../../src/sim/packet.ts'
import { createTrace } from '../../src/sim/trace.ts'

const packetOf = (message: Message): Packet => ({ kind: 'request', id: 1, name: 'p', message })
const sizes = [0, 1, 1000, 65_000, 65_536, 200_000, 3]

function delivery(atMs: number, ...numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(24)
  bytes.writeDoubleLE(atMs)
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, 8 + 4 * index)
  return bytes
}

test('the digest is SHA-256 over time, sender, receiver, protocol, length and bytes of each delivery, whatever their size', () => {
  const trace = createTrace()
  const hash = createHash('sha256')
  for (const size of sizes) {
    const bytes = new Uint8Array(size).fill(7)
    trace.add(1.5, 'a', 'b', packetOf(bytes))
    if (size === sizes[0]) for (const name of ['a', 'b', 'p']) hash.update(`\0${name}`)
    hash.update(delivery(1.5, 0, 1, 2, size)).update(bytes)
  }
  assert.equal(trace.deliveries, sizes.length)
  assert.equal(trace.digest(), hash.digest('hex'))
})

test('reading the digest does not change what follows', () => {
  const [read, unread] = [createTrace(), createTrace()]
  for (const size of sizes) {
    for (const trace of [read, unread]) trace.add(size, 'a', 'b', packetOf(new Uint8Array(size)))
    read.digest()
  }
  assert.equal(read.digest(), unread.digest())
})

test('of a value that is passed the trace has the kind in place of length and bytes', () => {
  const trace = createTrace()
  trace.add(2, 'a', 'b', packetOf({ value: { text: 'hello' }, bytes: 12 }))
  assert.equal(
    trace.digest(),
    createHash('sha256')
      .update('\0a\0b\0p\0request')
      .update(delivery(2, 0, 1, 2, 3))
      .digest('hex')
  )
})

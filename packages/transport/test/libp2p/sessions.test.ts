import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { test } from 'node:test'
import { Canceller, isCloudError, type PeerId } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import type { Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import type { OutgoingRequest } from '../../src/exchange/exchange.ts'
import { SessionTable } from '../../src/libp2p/session-table.ts'
import type { Lane } from '../../src/port/protocol.ts'
import { startNode, startPair, textProtocol, unhandled } from './nodes.ts'

const code = (expected: string) => (error: unknown) => isCloudError(error, expected)

/** Two session tables over real streams without a network between them, and every stream that they opened. */
function tablePair() {
  const streams: Stream[] = []
  const tables = new Map<string, SessionTable>()
  const create = (self: string, other: string): SessionTable => {
    const table = new SessionTable({
      self: self as PeerId,
      clock: systemClock,
      network: 'test',
      answer: async (_from, _protocol, body) => body,
      refuse: () => new Uint8Array(),
      measured() {},
      expel() {},
      async openStream() {
        const [mine, theirs] = await streamPair()
        streams.push(mine)
        tables.get(other)?.accept(theirs, self as PeerId)
        return mine
      }
    })
    tables.set(self, table)
    return table
  }
  return { small: create('a', 'b'), large: create('b', 'a'), streams }
}

function outgoing(peer: string, number: number, lane: Lane = 'control'): OutgoingRequest {
  return {
    peer: peer as PeerId,
    protocol: textProtocol('pair', lane),
    message: Uint8Array.of(number),
    canceller: new Canceller(),
    sent() {}
  }
}

test('of two sessions opened at once, the one opened by the smaller peer id stays, and no request is lost', async () => {
  const { small, large, streams } = tablePair()
  const numbers = Array.from({ length: 100 }, (_, i) => i)
  const replies = await Promise.all([
    ...numbers.map((number) => small.carry(outgoing('b', number))),
    ...numbers.map((number) => large.carry(outgoing('a', number)))
  ])
  assert.deepEqual(
    replies.map(([number]) => number),
    [...numbers, ...numbers]
  )
  const [kept, surplus] = streams as [Stream, Stream]
  if (surplus.status === 'open') await once(surplus as never, 'close')
  assert.deepEqual([streams.length, kept.status, surplus.status], [2, 'open', 'closed'])
  assert.deepEqual([...(await large.carry(outgoing('a', 7)))], [7])
  assert.deepEqual([...(await small.carry(outgoing('b', 8)))], [8])
  assert.equal(streams.length, 2)
})

test('each lane has a stream of its own', async () => {
  const { small, large, streams } = tablePair()
  await small.carry(outgoing('b', 1, 'control'))
  await large.carry(outgoing('a', 2, 'bulk'))
  await large.carry(outgoing('a', 3, 'control'))
  assert.equal(streams.length, 2)
})

test('two nodes that dial and ask each other at once lose nothing', async (context) => {
  const [a, b] = [await startNode(context), await startNode(context)]
  const protocol = textProtocol('echo')
  for (const node of [a, b]) node.transport.serve(protocol, (body) => body)
  await Promise.all([a.transport.learn(b.self, [b.address]), b.transport.learn(a.self, [a.address])])
  const ask = (from: typeof a, to: typeof a, text: string) => from.transport.request(to.self, protocol, { text })
  const texts = Array.from({ length: 50 }, (_, i) => `${i}`)
  const replies = await Promise.all(texts.flatMap((text) => [ask(a, b, text), ask(b, a, text)]))
  assert.deepEqual(
    replies.map(({ text }) => text),
    texts.flatMap((text) => [text, text])
  )
})

test('a node of another network is refused, by both ends', async (context) => {
  const [a, b] = [await startNode(context), await startNode(context, { networkId: 'other' })]
  const lost = new Promise((resolve) => b.transport.onPeer({ disconnected: resolve }))
  const failure = await a.transport.connect(b.address).catch((error: unknown) => error)
  assert.ok(isCloudError(failure, 'WRONG_NETWORK'))
  assert.deepEqual({ ...failure.fields }, { network: 'other', expected: 'test' })
  assert.equal(await lost, a.self)
  await a.transport.learn(b.self, [b.address])
  await assert.rejects(a.transport.request(b.self, textProtocol('echo'), { text: '?' }), code('WRONG_NETWORK'))
})

test('a probe passes pages that are on their way', async (context) => {
  const [a, b] = await startPair(context)
  const [probe, page] = [textProtocol('probe', 'control'), textProtocol('page', 'bulk')]
  b.transport.serve(probe, (body) => body)
  b.transport.serve(page, () => ({ text: 'x'.repeat(900_000) }))
  let pages = 0
  const bulk = Promise.all(Array.from({ length: 12 }, () => a.transport.request(b.self, page, { text: '?' }).then(() => pages++)))
  await a.transport.request(b.self, probe, { text: '?' })
  assert.ok(pages < 12, 'the probe came after all pages')
  await bulk
  assert.equal(pages, 12)
})

test('a server that stops ends what it was answering, a requester that stops what it asked', async (context) => {
  const [a, b] = await startPair(context)
  const protocol = textProtocol('never')
  const asked = Promise.withResolvers<void>()
  const abandoned = Promise.withResolvers<void>()
  let requests = 0
  b.transport.serve(protocol, (_body, { signal }) => {
    signal.addEventListener('abort', () => abandoned.resolve())
    if (++requests === 10) asked.resolve()
    return new Promise(() => {})
  })
  const pending = Array.from({ length: 10 }, () => unhandled(a.transport.request(b.self, protocol, { text: '?' })))
  const own = unhandled(b.transport.request(a.self, textProtocol('unserved'), { text: '?' }))
  await asked.promise
  await Promise.all([b.transport.stop(), a.transport.stop(), abandoned.promise])
  for (const request of pending) await assert.rejects(request, (error) => isCloudError(error, 'DISCONNECTED', 'STOPPED'))
  await assert.rejects(own, (error) => isCloudError(error, 'DISCONNECTED', 'STOPPED', 'NOT_SERVED'))
  await assert.rejects(a.transport.request(b.self, protocol, { text: '?' }), code('STOPPED'))
})

test('more requests than one lane bears at a time are refused at once', async () => {
  const { small } = tablePair()
  const first = small.carry(outgoing('b', 0))
  await first
  const requests = Array.from({ length: 1025 }, (_, i) => unhandled(small.carry(outgoing('b', i % 256))))
  const outcomes = await Promise.allSettled(requests)
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(failures.length, 1)
  assert.ok(isCloudError(failures[0]?.reason, 'OVERLOADED'))
})

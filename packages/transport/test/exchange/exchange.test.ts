import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { createMemoryMetrics, decode, encode, isCloudError, type PeerId, silentLog } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { defineProtocol, type MessageCount } from '@cloudpeer/transport'
import { Type } from 'typebox'
import { byteCodec, type Carrier, Exchange } from '../../src/exchange/index.ts'

const [alice, bob] = ['alice' as PeerId, 'bob' as PeerId]
const text = Type.Object({ text: Type.String() })
const code = (expected: string) => (error: unknown) => isCloudError(error, expected)

function echo(init: { readonly burst?: number; readonly bytesMax?: number } = {}) {
  const bytesMax = init.bytesMax ?? 1000
  return defineProtocol({
    id: '/cloudpeer/test/echo/1',
    request: text,
    reply: text,
    requestBytesMax: bytesMax,
    replyBytesMax: bytesMax,
    rate: { perSecond: 1000, burst: init.burst ?? 1000 },
    lane: 'control',
    timeoutMs: 1000
  })
}

/** Two exchanges with nothing between them; `carry` stands in the way of the first one's requests. */
function pair(carry?: Carrier) {
  const time = createVirtualTime()
  const metrics = { alice: createMemoryMetrics(), bob: createMemoryMetrics() }
  const server = new Exchange(
    { self: bob, clock: time.clock, log: silentLog, metrics: metrics.bob },
    byteCodec,
    () => new Promise(() => {})
  )
  const direct: Carrier = ({ protocol, message, canceller, sent }) => {
    sent()
    return server.answer(alice, protocol.id, message, canceller)
  }
  const client = new Exchange({ self: alice, clock: time.clock, log: silentLog, metrics: metrics.alice }, byteCodec, carry ?? direct)
  return { time, client, server, metrics }
}

test('a reply in flight when time is up is not counted as received', async () => {
  const { time, client, metrics } = pair(async ({ sent }) => {
    sent()
    return new Promise((resolve) => time.clock.schedule(2000, () => resolve(encode({ ok: { text: 'late' } }))))
  })
  const count: MessageCount = { messages: 0 }
  await assert.rejects(time.settle(client.request(bob, echo(), { text: '?' }, { count })), code('TIMED_OUT'))
  assert.equal(time.now, 1000)
  await time.advance(5000)
  assert.equal(count.messages, 1)
  assert.equal(metrics.alice.sum('cloudpeer_transport_messages_total', { direction: 'received' }), 0)
})

test('a carrier that hangs is not waited for', async () => {
  const { time, client } = pair(() => new Promise(() => {}))
  const controller = new AbortController()
  time.clock.schedule(50, () => controller.abort())
  await assert.rejects(time.settle(client.request(bob, echo(), { text: '?' }, { signal: controller.signal })), code('CANCELLED'))
  assert.equal(time.now, 50)
})

test('envelopes that are none of ours are malformed', async () => {
  for (const envelope of [encode(5), encode({ neither: 1 }), encode({ error: { no: 'code' } }), Uint8Array.of(0xa1)]) {
    const { time, client } = pair(async () => envelope)
    await assert.rejects(time.settle(client.request(bob, echo(), { text: '?' })), code('MALFORMED'))
  }
})

test('a reply of another shape or size is refused by the requester', async () => {
  const { time, client } = pair(async () => encode({ ok: { text: 'x'.repeat(100) } }))
  await assert.rejects(time.settle(client.request(bob, echo({ bytesMax: 50 }), { text: '?' })), code('TOO_LARGE'))
  const { client: other } = pair(async () => encode({ ok: { text: 1 } }))
  await assert.rejects(
    time.settle(other.request(bob, echo(), { text: '?' })),
    (error) => isCloudError(error, 'INVALID') && error.fields.field === 'reply.text'
  )
})

test('a peer has at most 256 requests in flight, and is told to come back', async () => {
  const { server, time, metrics } = pair()
  let finish = (): void => {}
  const finished = new Promise<{ text: string }>((resolve) => (finish = () => resolve({ text: 'done' })))
  server.serve(echo(), () => finished)
  const ask = () => server.answer(alice, echo().id, encode({ text: '?' }), new AbortController().signal)
  const replies = Array.from({ length: 257 }, ask)
  const refused = decode(await time.settle(replies[256] as Promise<Uint8Array>)) as { error: { code: string; retryAfterMs: number } }
  assert.deepEqual([refused.error.code, refused.error.retryAfterMs], ['BUSY', 100])
  finish()
  await time.settle(Promise.all(replies))
  assert.deepEqual(decode(await time.settle(ask())), { ok: { text: 'done' } })
  assert.equal(metrics.bob.sum('cloudpeer_transport_refusals_total', { code: 'BUSY' }), 1)
})

test('the rate is per peer', async () => {
  const { server, time } = pair()
  server.serve(echo({ burst: 1 }), (body) => body)
  const ask = async (from: PeerId) =>
    Object.keys(decode(await server.answer(from, echo().id, encode({ text: '?' }), new AbortController().signal)) as object)
  assert.deepEqual([await ask(alice), await ask(alice), await ask(bob)], [['ok'], ['error'], ['ok']])
  await time.advance(1)
  assert.deepEqual(await ask(alice), ['ok'])
})

test('protocols that are not served are counted under one name', async () => {
  const { server, metrics } = pair()
  for (const id of ['/cloudpeer/a/1', '/cloudpeer/b/1']) await server.answer(alice, id, encode({}), new AbortController().signal)
  assert.equal(metrics.bob.sum('cloudpeer_transport_messages_total', { protocol: 'unknown' }), 4)
  assert.equal(metrics.bob.sum('cloudpeer_transport_refusals_total', { code: 'NOT_SERVED' }), 2)
})

test('a request to oneself is checked like any other', async () => {
  const { client, time } = pair()
  client.serve(echo(), (body) => body)
  assert.deepEqual(await time.settle(client.request(alice, echo(), { text: 'me' })), { text: 'me' })
  await assert.rejects(time.settle(client.request(alice, echo({ bytesMax: 5 }), { text: 'too large' })), code('TOO_LARGE'))
})

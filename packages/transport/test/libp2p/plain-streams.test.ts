import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { CloudError, decode, encode, isCloudError, silentLog, sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createLibp2pTransport, requestOnce } from '@cloudpeer/transport/libp2p'
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import * as varint from 'uint8-varint'
import { startNode, startPair, startStranger, type TestNode, textProtocol } from './nodes.ts'

const echo = textProtocol('echo')

/** Opens a stream to a node with nothing but libp2p. */
async function streamTo(context: TestContext, node: TestNode, protocol = echo.id): Promise<Stream> {
  const stranger = await startStranger(context)
  return stranger.dialProtocol(multiaddr(node.address), protocol)
}

/** Sends bytes as they are, and reads one framed envelope. */
async function envelopeFor(stream: Stream, bytes: Uint8Array): Promise<unknown> {
  stream.send(bytes)
  const reply = await lpStream(stream).read()
  return decode(reply.subarray())
}

function framed(body: Uint8Array, length = body.length): Uint8Array {
  return Buffer.concat([varint.encodeUint8Array(length, new Uint8Array(varint.encodingLength(length))), body])
}

test('plain js-libp2p asks with hand-written frames', async (context) => {
  const node = await startNode(context)
  node.transport.serve(echo, (body) => body)
  const stream = await streamTo(context, node)
  const framing = lpStream(stream)
  await framing.write(encode({ text: 'hello' }))
  assert.deepEqual(decode((await framing.read()).subarray()), { ok: { text: 'hello' } })
  await stream.close()
  assert.equal(node.metrics.sum('cloudpeer_transport_messages_total', { protocol: echo.id }), 2)
})

test('what is wrong with a request is told in the envelope, counted, and harms nobody', async (context) => {
  const node = await startNode(context)
  node.transport.serve(echo, ({ text }) => {
    if (text === 'fail') throw new CloudError('OVERLOADED', { limit: 'tests', max: 1 })
    return { text }
  })
  const errorFor = async (bytes: Uint8Array) => ((await envelopeFor(await streamTo(context, node), bytes)) as { error: unknown }).error
  const counted = (code: string) => node.metrics.sum('cloudpeer_transport_refusals_total', { code })
  assert.deepEqual(await errorFor(framed(new Uint8Array(0), 1_000_000)), {
    code: 'TOO_LARGE',
    field: 'request',
    bytes: 1_000_000,
    max: 1000
  })
  assert.deepEqual(await errorFor(framed(Uint8Array.of(0xff))), {
    code: 'MALFORMED',
    field: 'request',
    problem: 'indefinite length items not allowed'
  })
  assert.deepEqual(await errorFor(framed(encode({ text: 5 }))), { code: 'INVALID', field: 'request.text', problem: 'must be string' })
  assert.deepEqual(await errorFor(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff)), {
    code: 'MALFORMED',
    field: 'request',
    problem: 'the length prefix is too long'
  })
  assert.deepEqual(await errorFor(framed(encode({ text: 'fail' }))), { code: 'OVERLOADED', limit: 'tests', max: 1 })
  assert.deepEqual([counted('TOO_LARGE'), counted('MALFORMED'), counted('INVALID'), counted('OVERLOADED')], [1, 2, 1, 0])
  assert.deepEqual(await envelopeFor(await streamTo(context, node), framed(encode({ text: 'fine' }))), { ok: { text: 'fine' } })
})

test('what is nested without end is malformed, as a request and as a reply, and the node goes on', async (context) => {
  const node = await startNode(context)
  const stranger = await startStranger(context, '/ip4/127.0.0.1/tcp/0')
  node.transport.serve({ ...echo, requestBytesMax: 64 * 1024 }, (body) => body)
  const problem = 'it is nested more than 32 deep'
  for (const head of ['81', 'a16161', 'd82a']) {
    const bomb = Buffer.alloc(64 * 1024, head, 'hex')
    assert.deepEqual(await envelopeFor(await streamTo(context, node), framed(bomb)), {
      error: { code: 'MALFORMED', field: 'request', problem }
    })
    await stranger.handle(echo.id, (stream) => void stream.send(framed(bomb)), { force: true })
    const reply = requestOnce(String(stranger.getMultiaddrs()[0]), echo, { text: '?' }, { clock: systemClock })
    await assert.rejects(reply, { code: 'MALFORMED', fields: { field: 'reply', problem } })
  }
  assert.deepEqual(await envelopeFor(await streamTo(context, node), framed(encode({ text: 'fine' }))), { ok: { text: 'fine' } })
})

test('a request that ends half-sent is malformed', async (context) => {
  const node = await startNode(context)
  node.transport.serve(echo, (body) => body)
  const stream = await streamTo(context, node)
  const reply = envelopeFor(stream, framed(encode({ text: 'half' })).subarray(0, 4))
  await stream.close()
  assert.equal(((await reply) as { error: { code: string } }).error.code, 'MALFORMED')
})

test('a half-sent request is waited for ten seconds, then its stream is reset', async (context) => {
  const time = createVirtualTime()
  const node = await startNode(context, { clock: time.clock })
  const served = Promise.withResolvers<void>()
  node.transport.serve(echo, (body) => {
    served.resolve()
    return body
  })
  const half = await streamTo(context, node)
  half.send(Uint8Array.of(50, 1, 2))
  await envelopeFor(await streamTo(context, node), framed(encode({ text: 'later' })))
  await served.promise
  await time.advance(9_900)
  assert.equal(half.status, 'open')
  const ended = once(half as never, 'close')
  await time.advance(200)
  await ended
  assert.equal(half.status, 'reset')
})

test('a reply that is not read is waited for ten seconds, then its stream is reset', async (context) => {
  const time = createVirtualTime()
  const node = await startNode(context, { clock: time.clock })
  const large = textProtocol('large')
  node.transport.serve(large, () => ({ text: 'x'.repeat(900_000) }))
  node.transport.serve(echo, (body) => body)
  const idle = await streamTo(context, node, large.id)
  idle.pause()
  idle.send(framed(encode({ text: '?' })))
  await envelopeFor(await streamTo(context, node), framed(encode({ text: 'later' })))
  const ended = once(idle as never, 'close')
  await time.advance(10_100)
  await ended
  assert.equal(idle.status, 'reset')
})

test('the signal of a handler aborts when a plain requester is gone', async (context) => {
  const node = await startNode(context)
  const [asked, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  node.transport.serve(echo, (_body, { signal }) => {
    asked.resolve()
    signal.addEventListener('abort', () => aborted.resolve())
    return new Promise(() => {})
  })
  const stream = await streamTo(context, node)
  stream.send(framed(encode({ text: '?' })))
  await asked.promise
  stream.abort(new Error('gone'))
  await aborted.promise
})

test('a machine without a node asks once', async (context) => {
  const node = await startNode(context)
  const large = textProtocol('large')
  node.transport.serve(echo, ({ text }, { from }) => ({ text: `${text} ${from === node.self}` }))
  node.transport.serve(large, () => ({ text: 'x'.repeat(900_000) }))
  const { peer, reply } = await requestOnce(node.address, echo, { text: 'new here' }, { clock: systemClock })
  assert.deepEqual([peer, reply], [node.self, { text: 'new here false' }])
  assert.equal((await requestOnce(node.address, large, { text: '?' }, { clock: systemClock })).reply.text.length, 900_000)
})

test('asking once fails as asking does', async (context) => {
  const node = await startNode(context)
  node.transport.serve(textProtocol('never'), () => new Promise(() => {}))
  const failure = async (address: string, protocol = echo, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    await requestOnce(address, protocol, { text: '?' }, { clock: systemClock, ...options }).then(
      () => 'it succeeded',
      (error: unknown) => (isCloudError(error) ? error.code : error)
    )
  assert.equal(await failure('nonsense'), 'BAD_ADDRESS')
  assert.equal(await failure('/ip4/127.0.0.1/udp/4001/quic-v1'), 'BAD_ADDRESS')
  assert.equal(await failure('/ip4/127.0.0.1/tcp/1'), 'REFUSED')
  assert.equal(await failure(node.address), 'NOT_SERVED')
  assert.equal(await failure(node.address, textProtocol('never'), { timeoutMs: 300 }), 'TIMED_OUT')
  const controller = new AbortController()
  const cancelled = failure(node.address, textProtocol('never'), { signal: controller.signal })
  await sleep(systemClock, 1)
  controller.abort()
  assert.equal(await cancelled, 'CANCELLED')
})

test('asking once ends when the node that is asked stops', async (context) => {
  const node = await startNode(context)
  const asked = Promise.withResolvers<void>()
  node.transport.serve(echo, () => {
    asked.resolve()
    return new Promise(() => {})
  })
  const request = requestOnce(node.address, echo, { text: '?' }, { clock: systemClock })
  await asked.promise
  await Promise.all([node.transport.stop(), assert.rejects(request, (error) => isCloudError(error, 'DISCONNECTED'))])
})

test('garbage, an oversized frame and requests before the hello end a session stream, not the node', async (context) => {
  const [a, b] = await startPair(context)
  b.transport.serve(echo, (body) => body)
  for (const bytes of [
    Uint8Array.of(3, 9, 9, 9),
    framed(new Uint8Array(0), 2_000_000),
    framed(Uint8Array.of(1, 0, 0, 0, 1, 0)),
    framed(Uint8Array.of(77, 0, 0, 0, 0))
  ]) {
    const stream = await streamTo(context, b, '/cloudpeer/session/1')
    const ended = once(stream as never, 'close')
    stream.send(bytes)
    await ended
  }
  assert.equal(b.metrics.sum('cloudpeer_transport_refusals_total', { code: 'MALFORMED' }), 3)
  assert.equal(b.metrics.sum('cloudpeer_transport_refusals_total', { code: 'TOO_LARGE' }), 1)
  assert.equal((await a.transport.request(b.self, echo, { text: 'still there' })).text, 'still there')
})

test('a session stream without a hello is given up after ten seconds', async (context) => {
  const time = createVirtualTime()
  const node = await startNode(context, { clock: time.clock })
  node.transport.serve(echo, (body) => body)
  const silent = await streamTo(context, node, '/cloudpeer/session/1')
  await envelopeFor(await streamTo(context, node), framed(encode({ text: 'later' })))
  const ended = once(silent as never, 'close')
  await time.advance(10_100)
  await ended
})

test('a listening port that is taken is named', async (context) => {
  const node = await startNode(context)
  const taken = node.address.replace(/\/p2p\/.*/, '')
  const second = createLibp2pTransport({ privateKeySeed: new Uint8Array(32), networkId: 'test', listen: [taken] })
  const transport = second({ clock: systemClock, log: silentLog, metrics: node.metrics })
  await assert.rejects(transport.start(), (error) => isCloudError(error, 'ADDRESS_IN_USE') && error.fields.address === taken)
  await transport.stop()
})

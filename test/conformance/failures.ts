import { strict as assert } from 'node:assert'
import { CloudError } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { Type } from 'typebox'
import { type ConformanceNetwork, connectedPair, failureOf, type Scenario, unhandled, until } from './network.ts'
import { echo, noteOf, protocolOf, textProtocol } from './protocols.ts'

/** By how much a time limit may be overrun, in ms: what a busy test machine takes. */
const slackMs = 1500

const text = Type.Object({ text: Type.String() })
const never = (): Promise<never> => new Promise(() => {})

/** Requests that fail: each with its code, in time, and without harm to what comes next. */
export function failureConformance(scenario: Scenario): void {
  scenario('a handler that never answers is given up at the time limit', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, never)
    const { error, tookMs } = await timed(network, a.transport.request(b.transport.self, echo, noteOf('?'), { timeoutMs: 300 }))
    assert.equal(error.code, 'TIMED_OUT')
    assert.equal(error.fields.timeoutMs, 300)
    assert.ok(tookMs >= 299 && tookMs < 300 + slackMs, `${tookMs} ms`)
  })

  scenario("a handler's signal aborts at its protocol's time limit", async (network) => {
    const [a, b] = await connectedPair(network)
    const protocol = textProtocol('limit', { timeoutMs: 200 })
    let aborted = false
    b.transport.serve(protocol, (_body, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true))
      return never()
    })
    const { error, tookMs } = await timed(network, a.transport.request(b.transport.self, protocol, { text: '?' }, { timeoutMs: 10_000 }))
    assert.equal(error.code, 'TIMED_OUT')
    assert.ok(tookMs < 200 + slackMs, `${tookMs} ms`)
    assert.ok(aborted)
  })

  scenario('a cancelled request ends at once here, and its handler is told', async (network) => {
    const [a, b] = await connectedPair(network)
    const controller = new AbortController()
    let told = false
    b.transport.serve(echo, (_body, { signal }) => {
      signal.addEventListener('abort', () => (told = true))
      controller.abort()
      return never()
    })
    const { error, tookMs } = await timed(network, a.transport.request(b.transport.self, echo, noteOf('?'), { signal: controller.signal }))
    assert.equal(error.code, 'CANCELLED')
    assert.ok(tookMs < slackMs, `${tookMs} ms`)
    await until(network, () => told, slackMs)
  })

  scenario('a request cancelled beforehand is not made', async (network) => {
    const [a, b] = await connectedPair(network)
    let asked = 0
    b.transport.serve(echo, (body) => {
      asked++
      return body
    })
    assert.equal(
      (await failureOf(network, a.transport.request(b.transport.self, echo, noteOf('?'), { signal: AbortSignal.abort() }))).code,
      'CANCELLED'
    )
    await network.wait(100)
    assert.equal(asked, 0)
  })

  scenario("a handler's signal aborts when its requester is gone", async (network) => {
    const [a, b] = await connectedPair(network)
    let [asked, aborted] = [false, false]
    b.transport.serve(echo, (_body, { signal }) => {
      asked = true
      signal.addEventListener('abort', () => (aborted = true))
      return never()
    })
    void unhandled(a.transport.request(b.transport.self, echo, noteOf('?')))
    await until(network, () => asked)
    await network.kill(a)
    await until(network, () => aborted, slackMs)
  })

  scenario('a killed peer refuses quickly', async (network) => {
    const [a, b] = await connectedPair(network)
    let asked = false
    b.transport.serve(echo, () => {
      asked = true
      return never()
    })
    const inFlight = unhandled(a.transport.request(b.transport.self, echo, noteOf('?')))
    await until(network, () => asked)
    const killedAt = network.now()
    await network.kill(b)
    assert.equal((await failureOf(network, inFlight)).code, 'DISCONNECTED')
    await until(network, () => a.transport.peers().length === 0, slackMs)
    const next = await failureOf(network, a.transport.request(b.transport.self, echo, noteOf('?')))
    assert.ok(['REFUSED', 'DISCONNECTED'].includes(next.code), next.code)
    assert.ok(network.now() - killedAt < slackMs, `${network.now() - killedAt} ms`)
  })

  scenario('a silent peer is given up at the time limit, and stays connected', async (network, context) => {
    if (network.freeze === undefined) return context.skip('this implementation cannot silence a node')
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, (body) => body)
    await network.run(a.transport.request(b.transport.self, echo, noteOf('?')))
    await network.freeze(b)
    const { error, tookMs } = await timed(network, a.transport.request(b.transport.self, echo, noteOf('?'), { timeoutMs: 400 }))
    assert.equal(error.code, 'TIMED_OUT')
    assert.ok(tookMs >= 399, `${tookMs} ms`)
    assert.deepEqual(
      a.transport.peers().map(({ id }) => id),
      [b.transport.self]
    )
  })

  scenario('a peer of which nothing is known cannot be reached', async (network) => {
    const { transport } = await network.node()
    const stranger = createSigner(new Uint8Array(32).fill(7)).self
    const error = await failureOf(network, transport.request(stranger, echo, noteOf('?')))
    assert.equal(error.code, 'UNREACHABLE')
    assert.equal(error.fields.peer, stranger)
  })

  scenario('a protocol that is not served says so', async (network) => {
    const [a, b] = await connectedPair(network)
    for (const peer of [a.transport.self, b.transport.self]) {
      const error = await failureOf(network, a.transport.request(peer, echo, noteOf('?')))
      assert.equal(error.code, 'NOT_SERVED')
      assert.equal(error.fields.protocol, echo.id)
    }
  })

  scenario("a handler's CloudError arrives with its code and fields", async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, () => {
      throw new CloudError('OVERLOADED', { limit: 'tests', max: 3, hints: ['a', 'b'] })
    })
    const error = await failureOf(network, a.transport.request(b.transport.self, echo, noteOf('?')))
    assert.equal(error.code, 'OVERLOADED')
    assert.deepEqual({ ...error.fields }, { limit: 'tests', max: 3, hints: ['a', 'b'] })
  })

  scenario("a handler's bug arrives as INTERNAL and tells nothing", async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, async () => {
      throw new TypeError('secret')
    })
    const error = await failureOf(network, a.transport.request(b.transport.self, echo, noteOf('?')))
    assert.equal(error.code, 'INTERNAL')
    assert.deepEqual({ ...error.fields }, {})
    assert.doesNotMatch(error.message, /secret/)
  })

  scenario('a request that does not fit is not sent', async (network) => {
    const [a, b] = await connectedPair(network)
    const protocol = textProtocol('misfit')
    let asked = 0
    b.transport.serve(protocol, (body) => {
      asked++
      return body
    })
    const error = await failureOf(network, a.transport.request(b.transport.self, protocol, { text: 5 } as never))
    assert.equal(error.code, 'INVALID')
    assert.match(String(error.fields.field), /text$/)
    assert.equal(asked, 0)
  })

  scenario('a request that does not fit is refused where it arrives', async (network) => {
    const [a, b] = await connectedPair(network)
    const loose = protocolOf('strict', Type.Unknown(), text)
    b.transport.serve(protocolOf('strict', text, text), (body) => body)
    const error = await failureOf(network, a.transport.request(b.transport.self, loose, { text: 5 }))
    assert.equal(error.code, 'INVALID')
    assert.match(String(error.fields.field), /text$/)
  })

  scenario('a reply that does not fit is refused where it arrives', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(protocolOf('reply', text, Type.Unknown()), () => ({ text: { deep: true } }))
    const error = await failureOf(network, a.transport.request(b.transport.self, protocolOf('reply', text, text), { text: '?' }))
    assert.equal(error.code, 'INVALID')
    assert.match(String(error.fields.field), /text$/)
  })

  scenario('what is too large is refused by whoever sees it first', async (network) => {
    const [a, b] = await connectedPair(network)
    const wide = textProtocol('size')
    const narrow = textProtocol('size', { requestBytesMax: 100, replyBytesMax: 100 })
    const large = { text: 'x'.repeat(200) }
    const ask = (protocol: typeof wide, body: { text: string }): Promise<CloudError> =>
      failureOf(network, a.transport.request(b.transport.self, protocol, body))
    const service = b.transport.serve(narrow, () => large)
    const here = await ask(narrow, large)
    assert.deepEqual([here.code, here.fields.max, Number(here.fields.bytes) > 200], ['TOO_LARGE', 100, true])
    const there = await ask(wide, large)
    assert.deepEqual([there.code, there.fields.max], ['TOO_LARGE', 100])
    const reply = await ask(wide, { text: 'small' })
    assert.deepEqual([reply.code, reply.fields.max], ['TOO_LARGE', 100])
    service.close()
    b.transport.serve(wide, () => large)
    assert.equal((await ask(narrow, { text: 'small' })).code, 'TOO_LARGE')
    assert.equal((await network.run(a.transport.request(b.transport.self, wide, large))).text.length, 200)
  })

  scenario('more requests than the rate allows are told when to come back', async (network) => {
    const [a, b] = await connectedPair(network)
    const protocol = textProtocol('rate', { rate: { perSecond: 5, burst: 3 } })
    b.transport.serve(protocol, (body) => body)
    const ask = (): Promise<{ text: string }> => a.transport.request(b.transport.self, protocol, { text: '?' })
    await network.run(Promise.all([ask(), ask(), ask()]))
    const error = await failureOf(network, ask())
    assert.equal(error.code, 'BUSY')
    assert.ok(error.retry)
    const retryAfterMs = Number(error.fields.retryAfterMs)
    assert.ok(retryAfterMs > 0 && retryAfterMs <= 200, `${retryAfterMs} ms`)
    await network.wait(retryAfterMs)
    assert.equal((await network.run(ask())).text, '?')
  })
}

async function timed(network: ConformanceNetwork, promise: Promise<unknown>): Promise<{ error: CloudError; tookMs: number }> {
  const startedAt = network.now()
  const error = await failureOf(network, promise)
  return { error, tookMs: network.now() - startedAt }
}

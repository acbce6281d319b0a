import { strict as assert } from 'node:assert'
import type { MessageCount } from '@cloudpeer/transport'
import { connectedPair, failureOf, type Scenario } from './network.ts'
import { echo, noteOf, textProtocol } from './protocols.ts'

/** Requests that succeed. */
export function requestConformance(scenario: Scenario): void {
  scenario('a request brings nested values and bytes there, and the reply brings them back', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, (body, { from }) => ({ ...body, text: `${body.text} from ${from}` }))
    const reply = await network.run(a.transport.request(b.transport.self, echo, noteOf('hello')))
    assert.equal(reply.text, `hello from ${a.transport.self}`)
    assert.deepEqual([...reply.data], [0, 1, 254, 255])
    assert.deepEqual(reply.nested, noteOf('').nested)
  })

  scenario('both ends of a connection ask', async (network) => {
    const [a, b] = await connectedPair(network)
    for (const { transport } of [a, b]) transport.serve(echo, (body) => body)
    const replies = await network.run(
      Promise.all([
        a.transport.request(b.transport.self, echo, noteOf('to b')),
        b.transport.request(a.transport.self, echo, noteOf('to a'))
      ])
    )
    assert.deepEqual(
      replies.map(({ text }) => text),
      ['to b', 'to a']
    )
  })

  scenario('a node asks itself as it asks others, but sends no message', async (network) => {
    const { transport, metrics } = await network.node()
    transport.serve(echo, (body, { from }) => ({ ...body, text: from }))
    const count: MessageCount = { messages: 0 }
    const reply = await network.run(transport.request(transport.self, echo, noteOf('me'), { count }))
    assert.equal(reply.text, transport.self)
    assert.equal(count.messages, 0)
    assert.equal(metrics.sum('cloudpeer_transport_messages_total', { protocol: echo.id }), 0)
  })

  scenario('a hundred requests at once get each its own reply, though answered in reverse order', async (network) => {
    const [a, b] = await connectedPair(network)
    const waiting: (() => void)[] = []
    b.transport.serve(echo, (body) => {
      const reply = new Promise<typeof body>((resolve) => waiting.push(() => resolve(body)))
      if (waiting.length === 100) for (const answer of waiting.reverse()) answer()
      return reply
    })
    const texts = Array.from({ length: 100 }, (_, i) => `number ${i}`)
    const replies = await network.run(Promise.all(texts.map((text) => a.transport.request(b.transport.self, echo, noteOf(text)))))
    assert.deepEqual(
      replies.map(({ text }) => text),
      texts
    )
  })

  scenario('an exchange is two messages, counted at both ends', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, (body) => body)
    const count: MessageCount = { messages: 0 }
    for (let i = 0; i < 5; i++) await network.run(a.transport.request(b.transport.self, echo, noteOf('count'), { count }))
    const messages = (node: typeof a, direction: string): number =>
      node.metrics.sum('cloudpeer_transport_messages_total', { protocol: echo.id, direction })
    const bytes = (node: typeof a, direction: string): number =>
      node.metrics.sum('cloudpeer_transport_bytes_total', { protocol: echo.id, direction })
    assert.equal(count.messages, 10)
    assert.deepEqual([messages(a, 'sent'), messages(a, 'received'), messages(b, 'sent'), messages(b, 'received')], [5, 5, 5, 5])
    assert.equal(bytes(a, 'sent'), bytes(b, 'received'))
    assert.equal(bytes(a, 'received'), bytes(b, 'sent'))
    assert.ok(bytes(a, 'sent') > 0)
  })

  scenario('a protocol is served from one moment to another', async (network) => {
    const [a, b] = await connectedPair(network)
    const protocol = textProtocol('served')
    const ask = (): Promise<{ text: string }> => a.transport.request(b.transport.self, protocol, { text: 'there?' })
    const first = b.transport.serve(protocol, () => ({ text: 'first' }))
    assert.equal((await network.run(ask())).text, 'first')
    first.close()
    assert.equal((await failureOf(network, ask())).code, 'NOT_SERVED')
    b.transport.serve(protocol, async () => ({ text: 'second' }))
    assert.equal((await network.run(ask())).text, 'second')
  })
}

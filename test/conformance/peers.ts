import { strict as assert } from 'node:assert'
import type { PeerId } from '@cloudpeer/core'
import { addressOf, type ConformanceNode, connectedPair, failureOf, type Scenario, unhandled, until } from './network.ts'
import { echo, noteOf } from './protocols.ts'

/** Connections: how they are made, seen and lost. */
export function peerConformance(scenario: Scenario): void {
  scenario('connecting tells who is there, and both ends hear of it once', async (network) => {
    const [a, b] = [await network.node(), await network.node()]
    const events = [eventsAt(a), eventsAt(b)]
    assert.equal(await network.run(b.transport.connect(addressOf(a))), a.transport.self)
    assert.equal(await network.run(b.transport.connect(addressOf(a))), a.transport.self)
    await until(network, () => events.every((list) => list.length > 0))
    await network.wait(100)
    assert.deepEqual(events, [[`connected ${b.transport.self}`], [`connected ${a.transport.self}`]])
    assert.deepEqual(
      b.transport.peers().map(({ id }) => id),
      [a.transport.self]
    )
    assert.ok((b.transport.peers()[0]?.addresses.length ?? 0) > 0)
  })

  scenario('every address ends in the peer id', async (network) => {
    const { transport } = await network.node()
    assert.ok(transport.addresses().length > 0)
    for (const address of transport.addresses()) assert.ok(address.endsWith(`/p2p/${transport.self}`), address)
  })

  scenario('a request measures the round trip', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, (body) => body)
    await network.run(a.transport.request(b.transport.self, echo, noteOf('?')))
    await until(network, () => (a.transport.peers()[0]?.roundTripMs ?? 0) > 0)
  })

  scenario('what is no address is named', async (network) => {
    const { transport } = await network.node()
    for (const address of ['', 'garbage', '/ip4/300.1.1.1', '127.0.0.1:4001', `/${'x'.repeat(1000)}`]) {
      const error = await failureOf(network, transport.connect(address))
      assert.equal(error.code, 'BAD_ADDRESS', address)
      assert.equal(error.fields.field, 'address')
    }
  })

  scenario('a place where nobody listens refuses', async (network) => {
    const { transport } = await network.node()
    const startedAt = network.now()
    assert.equal((await failureOf(network, transport.connect(network.deadAddress))).code, 'REFUSED')
    assert.ok(network.now() - startedAt < 1500)
  })

  scenario('a connect that is cancelled ends with CANCELLED', async (network) => {
    const [a, b] = [await network.node(), await network.node()]
    assert.equal((await failureOf(network, a.transport.connect(addressOf(b), { signal: AbortSignal.abort() }))).code, 'CANCELLED')
  })

  scenario('a request connects by what was learned', async (network) => {
    const [a, b] = [await network.node(), await network.node()]
    b.transport.serve(echo, (body) => body)
    await network.run(a.transport.learn(b.transport.self, b.transport.addresses()))
    assert.equal((await network.run(a.transport.request(b.transport.self, echo, noteOf('hello')))).text, 'hello')
    assert.deepEqual(
      a.transport.peers().map(({ id }) => id),
      [b.transport.self]
    )
  })

  scenario('two strangers that ask each other at once both get their replies', async (network) => {
    const [a, b] = [await network.node(), await network.node()]
    for (const [node, other] of [
      [a, b],
      [b, a]
    ] as const) {
      node.transport.serve(echo, (body) => body)
      await network.run(node.transport.learn(other.transport.self, other.transport.addresses()))
    }
    const texts = Array.from({ length: 10 }, (_, i) => `number ${i}`)
    const ask = (from: ConformanceNode, to: ConformanceNode): Promise<string[]> =>
      Promise.all(texts.map(async (text) => (await from.transport.request(to.transport.self, echo, noteOf(text))).text))
    assert.deepEqual(await network.run(Promise.all([ask(a, b), ask(b, a)])), [texts, texts])
  })

  scenario('a closed connection is told once to both ends, and made again when needed', async (network) => {
    const [a, b] = await connectedPair(network)
    b.transport.serve(echo, (body) => body)
    const events = [eventsAt(a), eventsAt(b)]
    await network.run(b.transport.disconnect(a.transport.self))
    await until(network, () => events.every((list) => list.length > 0))
    await network.wait(100)
    assert.deepEqual(events, [[`disconnected ${b.transport.self}`], [`disconnected ${a.transport.self}`]])
    await network.run(a.transport.learn(b.transport.self, b.transport.addresses()))
    assert.equal((await network.run(a.transport.request(b.transport.self, echo, noteOf('again')))).text, 'again')
  })

  scenario('the death of a peer is told once', async (network) => {
    const [a, b] = await connectedPair(network)
    const events = eventsAt(a)
    await network.kill(b)
    await until(network, () => events.length > 0, 1500)
    await network.wait(100)
    assert.deepEqual(events, [`disconnected ${b.transport.self}`])
    assert.deepEqual(a.transport.peers(), [])
  })

  scenario('a listener that was closed hears nothing', async (network) => {
    const [a, b] = [await network.node(), await network.node()]
    const events: string[] = []
    a.transport.onPeer({ connected: (peer) => events.push(peer) }).close()
    await network.run(b.transport.connect(addressOf(a)))
    await until(network, () => a.transport.peers().length === 1)
    assert.deepEqual(events, [])
  })

  scenario('stopping ends what is in flight, and a second time does nothing', async (network) => {
    const [a, b] = await connectedPair(network)
    let asked = false
    b.transport.serve(echo, () => {
      asked = true
      return new Promise<never>(() => {})
    })
    const inFlight = unhandled(a.transport.request(b.transport.self, echo, noteOf('?')))
    await until(network, () => asked)
    await network.run(a.transport.stop())
    assert.ok(['STOPPED', 'DISCONNECTED'].includes((await failureOf(network, inFlight)).code))
    await network.run(a.transport.stop())
    await until(network, () => b.transport.peers().length === 0, 1500)
    assert.equal((await failureOf(network, a.transport.request(b.transport.self, echo, noteOf('?')))).code, 'STOPPED')
  })
}

function eventsAt({ transport }: ConformanceNode): string[] {
  const events: string[] = []
  transport.onPeer({
    connected: (peer: PeerId) => events.push(`connected ${peer}`),
    disconnected: (peer: PeerId) => events.push(`disconnected ${peer}`)
  })
  return events
}

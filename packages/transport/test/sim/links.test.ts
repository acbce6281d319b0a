import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { assertMs, codeOf, createSmallNetwork, echo, peerOf, type SmallNetwork } from './small-network.ts'

type Two = readonly [Transport, Transport]
type Three = readonly [Transport, Transport, Transport]

const order = { ...echo, id: '/cloudpeer/test/order/1' }
const texts = Array.from({ length: 50 }, (_, i) => String(i))

/** What `b` hears while `a` asks it all of `texts` at once, in the order in which it hears it. */
async function heardBy(b: Transport, a: Transport, { time }: SmallNetwork): Promise<{ heard: string[]; replies: string[] }> {
  const heard: string[] = []
  b.serve(order, (body) => {
    heard.push(body.text)
    return body
  })
  const replies = await time.settle(Promise.all(texts.map((text) => a.request(b.self, order, { text }, { timeoutMs: 60_000 }))))
  await time.advance(5000)
  return { heard, replies: replies.map(({ text }) => text) }
}

test('a duplicated request is handled twice and answered once', async () => {
  const small = createSmallNetwork()
  const [a, b] = (await small.mesh(2)) as unknown as Two
  const lift = small.network.duplicate(0.5, { from: a.self })
  const { heard, replies } = await heardBy(b, a, small)
  assert.deepEqual(replies, texts)
  const copies = heard.length - texts.length
  assert.ok(copies > 10 && copies < 40, `${copies} copies`)
  assert.equal(small.network.effects.get('duplicate'), copies)
  lift()
  assert.equal((await small.ask(a, b)).outcome, 'hello')
  assert.equal(small.network.effects.get('duplicate'), copies)
})

test("a topic's message that comes twice is handled once", async () => {
  const { time, network, mesh } = createSmallNetwork()
  const nodes = await mesh(6)
  const heard = new Map<string, number>()
  for (const { self, subscribe } of nodes.map((node) => ({ self: node.self, subscribe: node.subscribe.bind(node) }))) {
    subscribe('news', { validate: () => 'accept', handle: () => void heard.set(self, (heard.get(self) ?? 0) + 1) })
  }
  network.duplicate(0.9)
  await time.settle(nodes[0]?.publish('news', Uint8Array.of(1)) as Promise<unknown>)
  await time.advance(5000)
  assert.deepEqual([...heard.values()], [1, 1, 1, 1, 1])
  assert.ok((network.effects.get('duplicate') ?? 0) > 0)
})

test('reordered requests overtake each other, and each gets its own reply', async () => {
  const small = createSmallNetwork()
  const [a, b] = (await small.mesh(2)) as unknown as Two
  small.network.reorder(0.3)
  const { heard, replies } = await heardBy(b, a, small)
  assert.notDeepEqual(heard, texts)
  assert.deepEqual(new Set(heard), new Set(texts))
  assert.deepEqual(replies, texts)
  assert.ok((small.network.effects.get('reorder') ?? 0) > 0)
})

test('messages that keep their order do so beside those that do not', async () => {
  const random = seededRandom(3)
  const small = createSmallNetwork({ random, latencyMs: () => 1 + 50 * random.next() })
  const [a, b] = (await small.mesh(2)) as unknown as Two
  small.network.reorder(0.2, { from: a.self })
  const { heard } = await heardBy(b, a, small)
  const late = heard.filter((text, place) => heard.slice(0, place).some((before) => Number(before) > Number(text)))
  const inOrder = heard.filter((text) => !late.includes(text)).map(Number)
  assert.deepEqual(
    inOrder,
    [...inOrder].sort((x, y) => x - y)
  )
  assert.ok(late.length > 0 && late.length < 20, `${late.length} late`)
})

test('a clogged way holds everything and then delivers it at once, in order', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const heard: [number, string][] = []
  b.serve(order, (body) => {
    heard.push([time.now, body.text])
    return body
  })
  const asked = texts.slice(0, 10).map((text) => a.request(b.self, order, { text }))
  await time.advance(5)
  const lift = network.clog({ from: a.self, to: b.self })
  await time.advance(2000)
  assert.deepEqual(heard, [])
  assert.equal(network.effects.get('clog'), 10)
  lift()
  const freedAt = time.now
  asked.push(a.request(b.self, order, { text: 'after' }))
  await time.settle(Promise.all(asked))
  assert.deepEqual(heard, [...texts.slice(0, 10).map((text) => [freedAt, text]), [freedAt + 10, 'after']])
})

test('a connection outlives a short clog, a dial waits for its end', async () => {
  const { time, network, mesh, start, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const c = await start(2)
  const lift = network.clog({ at: a.self })
  assert.equal((await ask(a, b, 500)).outcome, 'TIMED_OUT')
  const dialled = c.connect(network.addressOf(a.self))
  await time.advance(3000)
  lift()
  await time.settle(dialled)
  await time.advance(120_000)
  assert.deepEqual([a.peers().length, b.peers().length, c.peers().length], [2, 1, 1])
})

test('a connection that is clogged for more than a minute is given up', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const lift = network.clog({ from: a.self })
  await ask(a, b, 500)
  await time.advance(60_000)
  assert.equal(a.peers().length, 0)
  lift()
  await time.advance(100)
  assert.equal(b.peers().length, 0)
  assert.equal((await ask(a, b)).outcome, 'hello')
})

test('a way is blocked until the last of its blocks is lifted', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b, c] = (await mesh(3)) as unknown as Three
  const reached = async (): Promise<boolean[]> =>
    Promise.all([ask(a, b, 300), ask(b, a, 300), ask(a, c, 300)].map(async (asked) => (await asked).outcome === 'hello'))
  const partition = network.partition([a.self], [b.self, c.self])
  const block = network.block(a.self, [b.self, c.self])
  const again = network.block(a.self, c.self)
  assert.deepEqual(await reached(), [false, false, false])
  partition()
  partition()
  block()
  await time.advance(1000)
  assert.deepEqual(await reached(), [true, true, false])
  again()
  await time.advance(1000)
  assert.deepEqual(await reached(), [true, true, true])
  assert.ok((network.effects.get('block') ?? 0) >= 4)
})

test('a partition need be neither symmetric nor transitive', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b, c] = (await mesh(3)) as unknown as Three
  network.block([a.self, b.self], c.self)
  const heard: string[] = []
  a.serve(order, (body) => {
    heard.push(body.text)
    return body
  })
  assert.equal((await ask(a, c, 300)).outcome, 'TIMED_OUT')
  assert.equal(await time.settle(c.request(a.self, order, { text: 'heard' }, { timeoutMs: 300 }).catch(codeOf)), 'TIMED_OUT')
  assert.deepEqual(heard, ['heard'])
  network.heal()
  await time.advance(1000)
  network.partition([a.self], [c.self])
  assert.deepEqual([(await ask(a, b)).outcome, (await ask(b, c)).outcome, (await ask(c, a, 300)).outcome], ['hello', 'hello', 'TIMED_OUT'])
})

test('faults of one kind add up, and lifting one leaves the others', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const lifts = [network.delay(100, { at: b.self }), network.delay(50, { from: a.self }), network.delay(7)]
  const took: number[] = [(await ask(a, b)).tookMs]
  for (const lift of lifts) {
    lift()
    took.push((await ask(a, b)).tookMs)
  }
  assert.deepEqual(took.map(Math.round), [284, 84, 34, 20])
})

test('what does not fit a narrow path is sent again', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  network.narrow(4, { from: a.self })
  const startedAt = time.now
  const took = texts.slice(0, 6).map((text) => a.request(b.self, echo, { text }).then(() => Math.round(time.now - startedAt)))
  assert.deepEqual(await time.settle(Promise.all(took)), [20, 20, 20, 20, 220, 220])
  assert.equal(network.effects.get('overflow'), 2)
})

test('jitter adds to each message and to no handshake', async () => {
  const { time, mesh, ask } = createSmallNetwork({ jitterMs: (latencyMs) => latencyMs / 10 })
  const [a, b] = (await mesh(2)) as unknown as Two
  assertMs(time.now, 74 + 2)
  assertMs((await ask(a, b)).tookMs, 22)
})

test('a loss counts each time a message is sent again', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  network.lose(0.3, { from: a.self })
  let losses = 0
  for (let i = 0; i < 30; i++) losses += Math.log2(((await ask(a, b, 600_000)).tookMs - 20) / 200 + 1)
  assert.ok(losses > 3)
  assert.equal(network.effects.get('loss'), Math.round(losses))
})

test('a network without faults has no effects', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  await ask(a, b)
  assert.deepEqual([...network.effects], [])
  assert.equal(network.addressOf(peerOf(0)), a.addresses()[0])
})

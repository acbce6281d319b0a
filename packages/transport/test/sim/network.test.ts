import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sleep } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { assertMs, codeOf, createSmallNetwork, echo, peerOf } from './small-network.ts'

test('a dial takes 3.7 round trips, a request on its connection one', async () => {
  const { time, mesh, ask, start, connect } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  assertMs(time.now, 74)
  assert.deepEqual(await ask(a, b), { outcome: 'hello', tookMs: 20 })
  const c = await start(2)
  const startedAt = time.now
  await connect(c, a)
  assertMs(time.now - startedAt, 74)
})

test('each way has its own delay', async () => {
  const { mesh, ask } = createSmallNetwork({ latencyMs: (from) => (from === peerOf(0) ? 30 : 5) })
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  assertMs((await ask(a, b)).tookMs, 35)
})

test('messages of one connection arrive in the order in which they were sent', async () => {
  let delayMs = 100
  const { time, mesh } = createSmallNetwork({ latencyMs: () => (delayMs *= 0.9) })
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  const heard: string[] = []
  const probe = { ...echo, id: '/cloudpeer/test/order/1' }
  b.serve(probe, (body) => {
    heard.push(body.text)
    return body
  })
  const texts = Array.from({ length: 20 }, (_, i) => String(i))
  await time.settle(Promise.all(texts.map((text) => a.request(b.self, probe, { text }))))
  assert.deepEqual(heard, texts)
})

test('a crash is noticed after one way, and redials are refused after two', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b, c] = (await mesh(3)) as [Transport, Transport, Transport]
  const lost: number[] = []
  for (const node of [a, c]) node.onPeer({ disconnected: (peer) => peer === b.self && lost.push(time.now) })
  const crashedAt = time.now
  network.crash(b.self)
  await time.advance(9)
  assert.deepEqual(lost, [])
  await time.advance(2)
  assert.deepEqual(
    lost.map((at) => Math.round(at - crashedAt)),
    [10, 10]
  )
  assert.deepEqual(await ask(a, b), { outcome: 'REFUSED', tookMs: 20 })
  assert.equal((await ask(a, c)).outcome, 'hello')
})

test("a crashed node's code runs no more, and a restarted one serves at the same address", async () => {
  const { time, network, mesh, ask, start } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  let woke = false
  void sleep(network.clockOf(b.self), 100).then(() => (woke = true))
  network.crash(b.self)
  await time.advance(1000)
  assert.equal(woke, false)
  assert.equal((await ask(b, a)).outcome, 'STOPPED')
  const again = await start(1)
  assert.deepEqual(again.addresses(), b.addresses())
  assert.equal((await ask(a, again)).outcome, 'hello')
  await time.settle(sleep(network.clockOf(b.self), 100))
})

test('nobody notices a frozen node, and what it was sent is answered when it goes on', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  const lost: string[] = []
  a.onPeer({ disconnected: (peer) => lost.push(peer) })
  network.freeze(b.self)
  assert.deepEqual(await ask(a, b, 300), { outcome: 'TIMED_OUT', tookMs: 300 })
  const late = a.request(b.self, echo, { text: 'late' }, { timeoutMs: 60_000 })
  await time.advance(10_000)
  network.resume(b.self)
  const resumedAt = time.now
  assert.equal((await time.settle(late)).text, 'late')
  assertMs(time.now - resumedAt, 10)
  assert.deepEqual(lost, [])
})

test("a frozen node's timers wait, its clock does not", async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a] = (await mesh(2)) as [Transport]
  const clock = network.clockOf(a.self)
  const rang: number[] = []
  clock.schedule(100, () => rang.push(clock.now()))
  const cancelled = clock.schedule(200, () => rang.push(-1))
  network.freeze(a.self)
  const frozenAt = time.now
  await time.advance(5000)
  assert.deepEqual(rang, [])
  cancelled.cancel()
  network.resume(a.self)
  await time.advance(1)
  assert.deepEqual(rang, [frozenAt + 5000])
})

test('a dial to a frozen node is given up after 5 s', async () => {
  const { time, network, mesh, start } = createSmallNetwork()
  const [a] = (await mesh(1)) as [Transport]
  const b = await start(1)
  network.freeze(a.self)
  const startedAt = time.now
  assert.equal(await time.settle(b.connect(network.addressOf(a.self)).catch(codeOf)), 'TIMED_OUT')
  assertMs(time.now - startedAt, 5000)
})

test('a blocked way is silent, the other way is not', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  let asked = 0
  const probe = { ...echo, id: '/cloudpeer/test/asked/1' }
  b.serve(probe, (body) => {
    asked++
    return body
  })
  network.block(b.self, a.self)
  assert.equal(await time.settle(a.request(b.self, probe, { text: '' }, { timeoutMs: 300 }).catch(codeOf)), 'TIMED_OUT')
  assert.equal(asked, 1)
  assert.equal((await ask(b, a, 300)).outcome, 'TIMED_OUT')
})

test('what a short block held back arrives after it', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  const unblock = network.block(a.self, b.self)
  const late = a.request(b.self, echo, { text: 'late' })
  await time.advance(1000)
  unblock()
  assert.equal((await time.settle(late)).text, 'late')
  assertMs(time.now - 74 - 1000, 220)
})

test('a connection that only meets silence is given up after a minute, at both ends once it can be told', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  network.block(a.self, b.self)
  await ask(a, b, 100)
  await time.advance(60_000)
  assert.deepEqual([a.peers().length, b.peers().length], [0, 1])
  network.heal()
  await time.advance(1000)
  assert.equal(b.peers().length, 0)
  assert.equal((await ask(b, a)).outcome, 'hello')
})

for (const [way, index] of [
  ['its', 0],
  ['the other', 1]
] as const) {
  test(`a connection outlives a short block of ${way} way`, async () => {
    const { time, network, mesh, ask } = createSmallNetwork()
    const [a, b] = (await mesh(2)) as [Transport, Transport]
    const [from, to] = index === 0 ? [a, b] : [b, a]
    const unblock = network.block(from.self, to.self)
    assert.equal((await ask(a, b, 1000)).outcome, 'TIMED_OUT')
    unblock()
    await time.advance(120_000)
    assert.deepEqual([a.peers().length, b.peers().length], [1, 1])
    assertMs((await ask(a, b)).tookMs, 20)
  })
}

test('a way blocked for ever cannot hide a crash for ever', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  network.block(b.self, a.self)
  network.crash(b.self)
  assert.equal((await ask(a, b, 500)).outcome, 'TIMED_OUT')
  await time.advance(60_000)
  assert.deepEqual(a.peers(), [])
})

test('a partition cuts every way between its groups and none within, until it heals', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b, c, d] = (await mesh(4)) as [Transport, Transport, Transport, Transport]
  network.partition([a.self, b.self], [c.self])
  const outcomes = async (): Promise<string[]> => {
    const ways = [
      [a, b],
      [a, c],
      [c, b],
      [a, d],
      [d, c]
    ] as const
    return Promise.all(ways.map(async ([from, to]) => (await ask(from, to, 400)).outcome))
  }
  assert.deepEqual(await outcomes(), ['hello', 'TIMED_OUT', 'TIMED_OUT', 'hello', 'hello'])
  network.heal()
  assert.deepEqual(new Set(await outcomes()), new Set(['hello']))
})

test('a node with slow links delays what it sends and receives, and nothing else', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b, c] = (await mesh(3)) as [Transport, Transport, Transport]
  const quicken = network.delay(100, { at: b.self })
  assertMs((await ask(a, b)).tookMs, 220)
  assertMs((await ask(a, c)).tookMs, 20)
  quicken()
  assertMs((await ask(a, b)).tookMs, 20)
})

test('a lost message is a late one', async () => {
  const { network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  network.lose(0.5, { from: a.self, to: b.self })
  const times = new Set<number>()
  for (let i = 0; i < 30; i++) {
    const { outcome, tookMs } = await ask(a, b, 600_000)
    assert.equal(outcome, 'hello')
    times.add(Math.round(tookMs))
  }
  for (const tookMs of times) assert.ok(Number.isInteger(Math.log2((tookMs - 20) / 200 + 1)), `${tookMs} ms is no sum of doubling delays`)
  assert.ok(times.has(20) && times.has(220), [...times].join())
})

test('another network is refused by both sides', async () => {
  const { time, network, start } = createSmallNetwork()
  const [a, b] = [await start(0, 'one'), await start(1, 'two')]
  const error = await time.settle(b.connect(network.addressOf(a.self)).catch((failure) => failure))
  assert.equal(codeOf(error), 'WRONG_NETWORK')
  assert.deepEqual({ ...error.fields }, { network: 'one', expected: 'two' })
  assert.deepEqual([a.peers(), b.peers()], [[], []])
})

test('an address at which another peer answers is of no use', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  const address = network.addressOf(b.self).replace(b.self, peerOf(9))
  assert.equal(await time.settle(a.connect(address).catch(codeOf)), 'UNREACHABLE')
})

test('requests beyond what may wait for one peer are refused here', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as [Transport, Transport]
  network.freeze(b.self)
  const outcomes = Array.from({ length: 1030 }, () => a.request(b.self, echo, { text: '' }, { timeoutMs: 100 }).catch(codeOf))
  const counts = Object.groupBy(await time.settle(Promise.all(outcomes)), (code) => String(code))
  assert.deepEqual([counts.TIMED_OUT?.length, counts.OVERLOADED?.length], [1024, 6])
})

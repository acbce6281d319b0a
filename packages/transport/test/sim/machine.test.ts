import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sleep } from '@cloudpeer/core'
import type { Transport } from '@cloudpeer/transport'
import { assertMs, createSmallNetwork, echo, peerOf } from './small-network.ts'

type Two = readonly [Transport, Transport]

test('a stalled node answers late, all at once and in order, and nobody notices', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const lost: string[] = []
  a.onPeer({ disconnected: (peer) => lost.push(peer) })
  network.stall(b.self, 2000)
  assertMs((await ask(a, b)).tookMs, 2010)
  assert.equal(network.effects.get('stall'), 1)
  const lift = network.stall(b.self, 2000)
  await time.advance(500)
  lift()
  assertMs((await ask(a, b)).tookMs, 20)
  assert.deepEqual(lost, [])
})

test('a node stands still until the last of its standstills ends', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const thaw = network.freeze(b.self)
  network.stall(b.self, 1000)
  await time.advance(2000)
  assert.equal((await ask(a, b, 100)).outcome, 'TIMED_OUT')
  thaw()
  assert.equal((await ask(a, b, 100)).outcome, 'hello')
})

test('a dial goes on after a short stall of either end', async () => {
  for (const stalled of [0, 1]) {
    const { time, network, start } = createSmallNetwork()
    const [a, b] = [await start(0), await start(1)]
    const dialled = a.connect(network.addressOf(b.self))
    await time.advance(30)
    network.stall(peerOf(stalled), 3000)
    await time.settle(dialled)
    assertMs(time.now, 3030)
    assert.deepEqual([a.peers().length, b.peers().length], [1, 1])
  }
})

test('a slow node takes its time for each thing it does, timers too', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const lifts = [network.slow(b.self, 30), network.slow(b.self, 20)]
  assertMs((await ask(a, b)).tookMs, 20 + 2 * 50)
  const startedAt = time.now
  const replies = [1, 2, 3].map(() => a.request(b.self, echo, { text: '' }).then(() => time.now - startedAt))
  assert.deepEqual((await time.settle(Promise.all(replies))).map(Math.round), [220, 270, 320])
  const rang = sleep(network.clockOf(b.self), 5).then(() => time.now)
  const setAt = time.now
  assertMs((await time.settle(rang)) - setAt, 55)
  for (const lift of lifts) lift()
  assertMs((await ask(a, b)).tookMs, 20)
  assert.ok((network.effects.get('slow') ?? 0) >= 9)
})

for (const partsPerMillion of [50_000, -50_000, 200]) {
  test(`a clock that drifts by ${partsPerMillion} ppm shows and keeps its own time`, async () => {
    const { time, network, mesh } = createSmallNetwork()
    const [a] = (await mesh(1)) as [Transport]
    const clock = network.clockOf(a.self)
    const rate = 1 + partsPerMillion / 1e6
    await time.advance(1000.1)
    const lift = network.drift(a.self, partsPerMillion)
    await time.advance(1000)
    assertMs(clock.now(), 1000.1 + 1000 * rate)
    const [setAt, ownSetAt] = [time.now, clock.now()]
    const ownRangAt = await time.settle(sleep(clock, 300).then(() => clock.now()))
    assert.ok(ownRangAt >= ownSetAt + 300, `${ownRangAt - ownSetAt} ms`)
    assertMs(time.now - setAt, 300 / rate)
    const shown = clock.now()
    lift()
    await time.advance(100)
    assertMs(clock.now(), shown + 100)
    assert.equal(network.effects.get('drift'), 1)
  })
}

test('a timer that was set before a drift is not early by its clock', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a] = (await mesh(1)) as [Transport]
  const clock = network.clockOf(a.self)
  const due = clock.now() + 1000
  const rang = sleep(clock, 1000).then(() => clock.now())
  network.drift(a.self, -50_000)
  assertMs(await time.settle(rang), due)
})

test('a monotonic clock never goes back, whatever happens to it', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a] = (await mesh(1)) as [Transport]
  const clock = network.clockOf(a.self)
  let last = -1
  for (let i = 0; i < 100; i++) {
    const lift = network.drift(a.self, i % 2 === 0 ? 50_000 : -50_000)
    network.jump(a.self, -1000)
    await time.settle(sleep(clock, 0.7))
    assert.ok(clock.now() >= last)
    last = clock.now()
    lift()
    assert.ok(clock.now() >= last)
  }
})

test('the wall clock jumps and is set right, the monotonic one does not', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const [clock, other] = [network.clockOf(a.self), network.clockOf(b.self)]
  const dayMs = 86_400_000
  const lift = network.jump(a.self, -dayMs)
  await time.advance(10)
  assert.equal(clock.wallTime(), time.clock.wallTime() - dayMs)
  assert.equal(other.wallTime(), time.clock.wallTime())
  assert.equal(clock.now(), time.now)
  lift()
  assert.equal(clock.wallTime(), time.clock.wallTime())
  assert.equal(network.effects.get('jump'), 1)
})

test("a machine's clock and pace outlive its process, a freeze does not", async () => {
  const { time, network, mesh, start, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  network.drift(b.self, 50_000)
  network.slow(b.self, 40)
  const thaw = network.freeze(b.self)
  await time.advance(1000)
  network.crash(b.self)
  const again = await start(1)
  thaw()
  await time.advance(1000)
  assert.equal((await ask(a, again)).tookMs > 80, true)
  assert.ok(network.clockOf(b.self).now() > time.now + 99)
  assert.equal(network.effects.get('crash'), 1)
})

test('freezing a dead process changes nothing', async () => {
  const { time, network, mesh, start, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  network.crash(b.self)
  network.freeze(b.self)
  await time.advance(20)
  const again = await start(1)
  assert.equal((await ask(a, again)).outcome, 'hello')
})

test('timers of a process are counted until they run, are cancelled or end with it', async () => {
  const { time, network, mesh, ask } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  const clock = network.clockOf(b.self)
  assert.equal(network.timersOf(b.self), 0)
  const timers = [10, 20, 30].map((delayMs) => clock.schedule(delayMs, () => {}))
  timers[1]?.cancel()
  timers[1]?.cancel()
  assert.equal(network.timersOf(b.self), 2)
  await time.advance(15)
  assert.equal(network.timersOf(b.self), 1)
  network.crash(b.self)
  assert.equal(network.timersOf(b.self), 0)
  await time.advance(1000)
  assert.equal((await ask(a, b)).outcome, 'REFUSED')
})

test('finally_no_timer_is_left_after_stop', async () => {
  const { time, network, mesh } = createSmallNetwork()
  const [a, b] = (await mesh(2)) as unknown as Two
  a.serve({ ...echo, id: '/cloudpeer/test/never/1' }, () => new Promise(() => {}))
  const asked = b.request(a.self, { ...echo, id: '/cloudpeer/test/never/1' }, { text: '' }).catch(() => {})
  await time.advance(50)
  assert.ok(network.timersOf(a.self) + network.timersOf(b.self) > 0)
  await time.settle(Promise.all([a.stop(), b.stop(), asked]))
  assert.deepEqual([network.timersOf(a.self), network.timersOf(b.self)], [0, 0])
})

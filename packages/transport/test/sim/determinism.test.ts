import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { createSmallNetwork, echo, peerOf } from './small-network.ts'

interface Outcome {
  readonly trace: string
  readonly deliveries: number
  readonly endedAt: number
  /** The faults that did something. */
  readonly effects: readonly string[]
}

/** A run with faults of every kind; `text` is what one of its many messages says. */
async function run(seed: number, text = 'hello'): Promise<Outcome> {
  const random = seededRandom(seed)
  const { time, network, mesh } = createSmallNetwork({ random, latencyMs: () => 5 + 20 * random.next(), lossShare: 0.05 })
  const nodes = await mesh(10)
  for (const node of nodes) node.subscribe('news', { validate: () => 'accept', handle() {} })
  const rounds = nodes.map(async (node, index) => {
    for (let round = 0; round < 10; round++) {
      const body = { text: index === 5 && round === 5 ? text : 'hello' }
      await node.request(nodes[(index + round + 1) % 10]?.self ?? node.self, echo, body, { timeoutMs: 300 }).catch(() => {})
      await node.publish('news', Uint8Array.of(index, round)).catch(() => {})
    }
  })
  network.block(peerOf(0), peerOf(1))
  network.freeze(peerOf(2))
  network.stall(peerOf(4), 70)
  network.slow(peerOf(5), 2)
  network.drift(peerOf(6), 50_000)
  network.jump(peerOf(6), 1000)
  network.duplicate(0.1)
  network.reorder(0.1)
  network.narrow(2)
  network.delay(30, { at: peerOf(7) })
  const free = network.clog({ to: peerOf(8) })
  await time.advance(100)
  free()
  network.clockOf(peerOf(6)).wallTime()
  network.crash(peerOf(3))
  network.resume(peerOf(2))
  network.heal()
  await time.settle(Promise.all(rounds.filter((_, index) => index !== 3)))
  return { trace: network.trace(), deliveries: network.deliveries, endedAt: time.now, effects: [...network.effects.keys()] }
}

test('one seed gives one run', async () => {
  const first = await run(7)
  assert.deepEqual([...first.effects].sort(), [
    'block',
    'clog',
    'crash',
    'delay',
    'drift',
    'duplicate',
    'freeze',
    'jump',
    'loss',
    'overflow',
    'reorder',
    'slow',
    'stall'
  ])
  assert.ok(first.deliveries > 500, `${first.deliveries} deliveries`)
  assert.deepEqual(await run(7), first)
})

test('another seed gives another run', async () => {
  assert.notEqual((await run(8)).trace, (await run(7)).trace)
})

test('one other byte in one delivery gives another trace of as many deliveries', async () => {
  const [first, second] = [await run(7), await run(7, 'hellp')]
  assert.equal(second.deliveries, first.deliveries)
  assert.equal(second.endedAt, first.endedAt)
  assert.notEqual(second.trace, first.trace)
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sha256 } from '@cloudpeer/core/identity'
import type { Transport } from '@cloudpeer/transport'
import { assertMs, codeOf, createSmallNetwork, type SmallNetwork } from './small-network.ts'

const key = new TextEncoder().encode('key')

async function closest({ time }: SmallNetwork, transport: Transport, count = 20): Promise<string[]> {
  return [...(await time.settle(transport.closestPeers(key, count)))].sort()
}

async function providers({ time }: SmallNetwork, transport: Transport, name: string): Promise<string[]> {
  async function collect(): Promise<string[]> {
    const found: string[] = []
    for await (const peer of transport.findProviders(sha256(name))) found.push(peer)
    return found
  }
  return time.settle(collect())
}

function idsOf(...nodes: readonly Transport[]): string[] {
  return nodes.map(({ self }) => self).sort()
}

test('a look-up sees all that is connected, directly or not, and nothing else', async () => {
  const small = createSmallNetwork()
  const [a, b, c, d] = [await small.start(0), await small.start(1), await small.start(2), await small.start(3)]
  await small.connect(a, b)
  await small.connect(b, c)
  assert.deepEqual(await closest(small, a), idsOf(a, b, c))
  assert.deepEqual(await closest(small, d), [d.self])
})

test('the dead, the frozen and the cut off are not found', async () => {
  const small = createSmallNetwork()
  const [a, b, c, d, e] = (await small.mesh(5)) as [Transport, Transport, Transport, Transport, Transport]
  small.network.crash(b.self)
  small.network.freeze(c.self)
  small.network.partition([d.self], [a.self, e.self])
  assert.deepEqual(await closest(small, a), idsOf(a, e))
  small.network.resume(c.self)
  small.network.heal()
  assert.deepEqual(await closest(small, a), idsOf(a, c, d, e))
})

test('a look-up takes the time of its slowest round trip', async () => {
  const small = createSmallNetwork()
  const [a, b] = (await small.mesh(2)) as [Transport, Transport]
  const startedAt = small.time.now
  await closest(small, a)
  assertMs(small.time.now - startedAt, 20)
  small.network.delay(5000, { at: b.self })
  await closest(small, a)
  assertMs(small.time.now - startedAt, 3020)
})

test('at most twenty peers are found', async () => {
  const small = createSmallNetwork()
  const [a] = (await small.mesh(24)) as [Transport]
  assert.equal((await closest(small, a, 100)).length, 20)
})

test('a provider is found as long as one node that was told lives', async () => {
  const small = createSmallNetwork()
  const [a, b, c] = (await small.mesh(3)) as [Transport, Transport, Transport]
  await small.time.settle(a.provide(sha256('image')))
  small.network.crash(a.self)
  small.network.crash(b.self)
  assert.deepEqual(await providers(small, c, 'image'), [a.self])
  assert.deepEqual(await providers(small, c, 'other'), [])
})

test('a key that is no digest is refused', async () => {
  const small = createSmallNetwork()
  const [a] = (await small.mesh(1)) as [Transport]
  assert.equal(await small.time.settle(a.provide(key).catch(codeOf)), 'INVALID')
})

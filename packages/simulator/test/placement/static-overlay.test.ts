import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSimulatedCloud } from '../../src/cloud/simulated-cloud.ts'
import { staticOverlays } from '../../src/placement/static-overlay.ts'

test('members at rest know the same servers, and the same responsible ones, as those of a real overlay', async () => {
  const cloud = createSimulatedCloud({ seed: 3, schema: { version: 1, attributes: {} } })
  await cloud.grow(12)
  const real = cloud.nodes[4]?.overlay
  assert.ok(real)
  const members = cloud.nodes.map(({ peer }) => ({ peer, address: cloud.network.addressOf(peer) }))
  const still = staticOverlays(real.network, members)(real.self)
  assert.deepEqual(still.servers(), real.servers())
  assert.deepEqual(
    still.members().map(({ peer, state, addresses }) => [peer, state, addresses]),
    real.members().map(({ peer, state, addresses }) => [peer, state, addresses])
  )
  for (const key of ['', 'cloudpeer/cell/n/.', 'cloudpeer/cell/n/0.2.1', 'another'])
    for (const count of [1, 3, 20]) {
      assert.deepEqual(still.responsible(key, count), real.responsible(key, count))
      assert.deepEqual(await still.locate(key, count), real.responsible(key, count))
    }
  await cloud.stop()
})

test('a member that there is not is not known', () => {
  const still = staticOverlays({ id: 'n', founder: 'p', name: 'n', schemaVersion: 1, schema: {} } as never, [])('self' as never)
  assert.deepEqual([still.member('other' as never), still.responsible('key', 3)], [undefined, []])
})

import { strict as assert } from 'node:assert'
import { compareDistance, type PeerId } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'
import { type ConformanceNode, connectedNodes, failureOf, type Scenario, until } from './network.ts'

/** Kademlia routing. */
export function routingConformance(scenario: Scenario): void {
  scenario('the closest peers are the first in XOR order, whoever asks', async (network) => {
    const nodes = await connectedNodes(network, 6)
    const [first] = nodes as [ConformanceNode]
    await until(network, async () => (await first.transport.closestPeers(keyOf('warm'), 6)).length === 6)
    for (const text of ['a', 'b', 'c']) {
      for (const count of [1, 3, 6, 20]) {
        for (const node of nodes) {
          const expected = closest(nodes, keyOf(text), count)
          assert.deepEqual(
            await network.run(node.transport.closestPeers(keyOf(text), count)),
            expected,
            `${count} peers closest to ${text}`
          )
        }
      }
    }
  })

  scenario('a node alone is closest to everything', async (network) => {
    const { transport } = await network.node()
    assert.deepEqual(await network.run(transport.closestPeers(keyOf('a'), 3)), [transport.self])
  })

  scenario('a provider is found, by others and by itself', async (network) => {
    const nodes = await connectedNodes(network, 4)
    const [provider, ...others] = nodes as [ConformanceNode, ...ConformanceNode[]]
    await network.run(provider.transport.provide(sha256('image')))
    for (const node of others) {
      await until(network, async () => (await providersOf(node, sha256('image'))).includes(provider.transport.self))
    }
    assert.deepEqual(await network.run(providersOf(others[0] as ConformanceNode, sha256('nobody has it'))), [])
  })

  scenario('several providers are each found once', async (network) => {
    const nodes = await connectedNodes(network, 4)
    for (const node of nodes.slice(0, 2)) await network.run(node.transport.provide(sha256('image')))
    const expected = nodes
      .slice(0, 2)
      .map(({ transport }) => transport.self)
      .sort()
    await until(network, async () => (await providersOf(nodes[3] as ConformanceNode, sha256('image'))).sort().join() === expected.join())
  })

  scenario('a look-up that is cancelled ends with CANCELLED', async (network) => {
    const [node] = (await connectedNodes(network, 2)) as [ConformanceNode]
    const signal = AbortSignal.abort()
    assert.equal((await failureOf(network, node.transport.closestPeers(keyOf('a'), 3, { signal }))).code, 'CANCELLED')
    assert.equal((await failureOf(network, node.transport.provide(sha256('a'), { signal }))).code, 'CANCELLED')
  })
}

function closest(nodes: readonly ConformanceNode[], key: Uint8Array, count: number): PeerId[] {
  const target = sha256(key)
  const placed = nodes.map(({ transport }) => ({ peer: transport.self, place: sha256(peerIdBytes(transport.self)) }))
  placed.sort((a, b) => compareDistance(target, a.place, b.place))
  return placed.slice(0, count).map(({ peer }) => peer)
}

async function providersOf({ transport }: ConformanceNode, key: Uint8Array): Promise<PeerId[]> {
  const providers: PeerId[] = []
  for await (const peer of transport.findProviders(key)) providers.push(peer)
  return providers
}

function keyOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

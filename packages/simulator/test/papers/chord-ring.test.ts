import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, seededRandom } from '@cloudpeer/core'
import { peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { ChordRing, positionOf } from '../../src/papers/chord-ring.ts'

const random = seededRandom(1)
const peers = Array.from({ length: 128 }, () => peerIdFromPublicKey(random.bytes(32)))
const ring = new ChordRing(peers)
const keys = Array.from({ length: 500 }, (_, index) => positionOf(`key ${index}`))

test('a key belongs to the first node at or after it, round the end of the ring', () => {
  const byPosition = peers.map((peer) => ({ peer, position: positionOf(peer) })).sort((a, b) => a.position - b.position)
  for (const key of [...keys, 0, 2 ** 48 - 1]) {
    const owner = byPosition.find(({ position }) => position >= key) ?? byPosition[0]
    assert.equal(ring.successor(key), owner?.peer)
  }
})

test('from any node the hops lead to the responsible one, in half the logarithm of the nodes on average', () => {
  const hops = keys.flatMap((key, index) => peers.filter((_, peer) => peer % 16 === index % 16).map((peer) => hopsTo(peer, key)))
  const mean = hops.reduce((sum, count) => sum + count, 0) / hops.length
  assert.ok(Math.max(...hops) <= 2 * Math.log2(peers.length), `${Math.max(...hops)} hops`)
  assert.ok(mean > 3 && mean < 5, `${mean} hops on average`)
})

test('a node alone is responsible for everything', () => {
  const [alone] = peers as [PeerId]
  assert.equal(new ChordRing([alone]).successor(7), alone)
})

function hopsTo(from: PeerId, key: number): number {
  let at = from
  let hops = 0
  for (; at !== ring.successor(key); hops++) at = ring.nextHop(at, key)
  return hops
}

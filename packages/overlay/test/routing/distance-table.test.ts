import assert from 'node:assert/strict'
import test from 'node:test'
import { compareDistance, type PeerId, present } from '@cloudpeer/core'
import { peerIdBytes, sha256 } from '@cloudpeer/core/identity'
import { closest, type DistanceTable, placeServers, targetOf } from '../../src/routing/distance-table.ts'
import { peerOf } from '../fleet.ts'

const closestPeers = (table: DistanceTable, key: string, k: number): PeerId[] => closest(table, targetOf(key), k).map(({ peer }) => peer)
const servers = Array.from({ length: 300 }, (_, index) => peerOf(index))

test('the closest peers are the first of all in XOR order', () => {
  const table = placeServers(servers)
  const digests = new Map(servers.map((peer) => [peer, sha256(peerIdBytes(peer))]))
  const digestOf = (peer: PeerId): Uint8Array => present(digests.get(peer), 'a server')
  for (let round = 0; round < 50; round++) {
    const target = sha256(`key ${round}`)
    const sorted = [...servers].sort((a, b) => compareDistance(target, digestOf(a), digestOf(b)))
    for (const k of [1, 5, 20]) assert.deepEqual(closestPeers(table, `key ${round}`, k), sorted.slice(0, k))
  }
})

test('fewer servers than wanted are all given, and none of none', () => {
  assert.deepEqual(new Set(closestPeers(placeServers(servers.slice(0, 3)), 'key', 5)), new Set(servers.slice(0, 3)))
  assert.deepEqual(closestPeers([], 'key', 5), [])
})

test('places are computed once for each peer', () => {
  const before = placeServers(servers)
  const after = placeServers(servers.slice(10))
  assert.equal(after[0], before[10])
})

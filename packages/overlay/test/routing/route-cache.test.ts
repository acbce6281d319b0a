import assert from 'node:assert/strict'
import test from 'node:test'
import { pick, seededRandom } from '@cloudpeer/core'
import { closest, placeServers, targetOf } from '../../src/routing/distance-table.ts'
import { RouteCache } from '../../src/routing/route-cache.ts'
import { peerOf } from '../fleet.ts'

const peers = Array.from({ length: 40 }, (_, index) => peerOf(index))
const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)

test('anytime_a_route_that_follows_changes_is_the_route_over_all_servers', () => {
  const random = seededRandom(1)
  const servers = new Set(peers.slice(0, 10))
  const routes = new RouteCache()
  routes.reset([...servers])
  for (let step = 0; step < 500; step++) {
    const peer = pick(random, peers)
    const serves = !servers.delete(peer)
    if (serves) servers.add(peer)
    routes.apply({ peer, serves })
    for (const [index, key] of keys.entries()) {
      const k = index % 3 === 0 && step % 2 === 0 ? 10 : 5
      const expected = closest(placeServers([...servers]), targetOf(key), k).map((place) => place.peer)
      assert.deepEqual(routes.find(key, k), expected)
    }
  }
})

test('a route on which nothing changed is the same list', () => {
  const routes = new RouteCache()
  routes.reset(peers)
  const before = routes.find('key', 5)
  routes.apply({ peer: peers.find((peer) => !before.includes(peer)) ?? assert.fail('40 are more than 5'), serves: false })
  assert.equal(routes.find('key', 5), before)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { addedMax, type ChaosEvent, chaosKinds, chaosNodesMin, downMax, planChaos } from '../../../src/dev/chaos/plan.ts'

function eventsOf(seed: number, nodes: number, count: number): readonly ChaosEvent[] {
  const plan = planChaos(seededRandom(seed), nodes)
  return Array.from({ length: count }, () => plan.next().value)
}

test('equal seeds plan equal trouble, and others other trouble', () => {
  assert.deepEqual(eventsOf(7, 9, 50), eventsOf(7, 9, 50))
  assert.notDeepEqual(eventsOf(7, 9, 50), eventsOf(8, 9, 50))
})

test('of k replicas fewer than half may be down', () => {
  assert.deepEqual([3, 4, 5, 6, 9, 64].map(downMax), [1, 1, 2, 2, 2, 2])
})

test('anytime_enough_nodes_are_left: an event takes down fewer than half of the replicas, and only nodes in a fitting state', () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const nodes of [chaosNodesMin, 4, 9, 20]) checkPlan(eventsOf(seed, nodes, 100), nodes)
  }
})

function checkPlan(events: readonly ChaosEvent[], nodes: number): void {
  const live = new Set(Array.from({ length: nodes }, (_, index) => index))
  const dead = new Set<number>()
  for (const { kind, nodes: chosen } of events) {
    assert.equal(new Set(chosen).size, chosen.length)
    if (kind === 'kill' || kind === 'freeze') assert.ok(chosen.length <= downMax(live.size))
    for (const index of chosen) {
      if (kind === 'restart') assert.ok(dead.delete(index))
      else if (kind === 'add') assert.equal(index, live.size + dead.size)
      else assert.ok(live.has(index))
      if (kind === 'kill') dead.add(index)
      if (kind === 'kill') live.delete(index)
      else live.add(index)
    }
    assert.ok(live.size >= Math.max(chaosNodesMin, nodes / 2))
    assert.ok(live.size + dead.size <= nodes + addedMax)
  }
  for (const kind of chaosKinds)
    assert.ok(
      events.some((event) => event.kind === kind),
      kind
    )
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, seededRandom } from '@cloudpeer/core'
import { Matching } from '../../src/matching/index.ts'
import { cpus, demandOf, offerOf } from './cluster.ts'

const pauseMs = 20_000

/** An owner with room for two, which holds nothing for a hoarder and says so. */
function refused(): Matching {
  const matching = new Matching({ random: seededRandom(1), agingMs: 60_000, holdMs: 5_000, backoffFirstMs: 250, backoffMaxMs: 8_000 })
  matching.offer(offerOf('o', 2), 0)
  for (const [key, requester] of ['a hoarder', 'b hoarder', 'c honest'].map((text) => text.split(' ') as [string, PeerId]))
    matching.submit(demandOf(key, 1, { requester, priority: requester === 'hoarder' ? 9 : 4 }), [0], { now: 0 })
  const [first, second, ...more] = matching.next(0, 10)
  assert.deepEqual([first?.key, second?.key, more.length], ['a', 'b', 0])
  for (const proposal of [first, second])
    if (proposal) matching.answered(proposal, { epoch: 1, seq: 2, state: 'open', free: cpus(2), granted: [], pauseMs }, 10)
  return matching
}

test('what an owner holds for nobody goes to others', () => {
  const matching = refused()
  const [proposal, ...more] = matching.next(10, 10)
  assert.deepEqual([proposal?.key, more.length], ['c', 0])
  assert.ok(matching.isPaused('o' as PeerId, 'hoarder' as PeerId, 10) && !matching.isPaused('o' as PeerId, 'honest' as PeerId, 10))
})

test('a newer offer does not end a pause, and when it is over the requester is proposed again', () => {
  const matching = refused()
  matching.withdraw('c')
  for (let now = 1_000; now <= pauseMs; now += 1_000) {
    matching.offer(offerOf('o', 2, { seq: now }), now)
    assert.deepEqual(matching.next(now, 10), [])
  }
  const at = matching.wakeAt()
  assert.ok(at !== undefined && at >= pauseMs + 10, `wakes at ${at}`)
  assert.deepEqual(
    matching.next(pauseMs + 10, 10).map(({ key }) => key),
    ['a', 'b']
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, seededRandom } from '@cloudpeer/core'
import { Matching, type Proposal } from '../../src/matching/index.ts'
import { cpus, demandOf, offerOf } from './cluster.ts'

const requester = 'r' as PeerId

/** An owner with room for two, and two requests for one. */
function twoRequests(): Matching {
  const matching = new Matching({ random: seededRandom(1), agingMs: 60_000, holdMs: 5_000, backoffFirstMs: 250, backoffMaxMs: 8_000 })
  matching.offer(offerOf('o', 2), 0)
  for (const key of ['a', 'b']) matching.submit(demandOf(key, 1, { requester }), [0], { now: 0 })
  return matching
}

function deny(matching: Matching, proposal: Proposal, seq: number, now: number): void {
  matching.answered(proposal, { epoch: 1, seq, state: 'open', free: cpus(2), granted: [] }, now)
}

test('two requests that an owner denies do not end the refusals of each other: each answer is a later word', () => {
  const matching = twoRequests()
  let proposed = 0
  for (let round = 0; round < 100; round++) for (const proposal of matching.next(0, 10)) deny(matching, proposal, 2 + proposed++, 0)
  assert.equal(proposed, 2)
  const at = matching.wakeAt()
  assert.ok(at !== undefined && at > 0 && at < 250, `wakes at ${at}`)
})

test('room that the owner gains, and its next start, end a denial at once; an offer that says the same does not', () => {
  const keysAfter = (offer: ReturnType<typeof offerOf>): readonly string[] => {
    const matching = twoRequests()
    for (const [index, proposal] of matching.next(0, 10).entries()) deny(matching, proposal, 2 + index, 0)
    matching.offer(offer, 1)
    return matching.next(1, 10).map(({ key }) => key)
  }
  assert.deepEqual(keysAfter(offerOf('o', 2, { seq: 9 })), [])
  assert.deepEqual(keysAfter(offerOf('o', 3, { seq: 9 })), ['a', 'b'])
  assert.deepEqual(keysAfter(offerOf('o', 2, { epoch: 2, seq: 1 })), ['a', 'b'])
})

test('whoever was silent and comes back is proposed to again with its next word, whatever that is', () => {
  const matching = twoRequests()
  for (const proposal of matching.next(0, 10)) matching.failed(proposal, false, 0)
  assert.deepEqual(matching.next(0, 10), [])
  matching.touch('o' as PeerId)
  assert.deepEqual(matching.next(0, 10), [])
  matching.offer(offerOf('o', 2, { seq: 2 }), 1)
  matching.touch('o' as PeerId)
  assert.deepEqual(
    matching.next(1, 10).map(({ key }) => key),
    ['a', 'b']
  )
})

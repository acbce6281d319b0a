import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Absences } from '../../src/membership/absences.ts'
import type { Rumour } from '../../src/membership/announcement.ts'
import { peerOf } from '../fleet.ts'

const peer = peerOf(1)
const away = (incarnation: number, epoch = 1): Rumour => ({ peer, epoch, incarnation, state: 'AWAY', by: peerOf(2) })

test('a member that is back is told of its absence with a few messages', () => {
  const absences = new Absences()
  assert.deepEqual(absences.take(peer), [])
  absences.note(away(2))
  assert.deepEqual(
    Array.from({ length: 5 }, () => absences.take(peer).length),
    [1, 1, 1, 1, 0]
  )
})

test('an absence is heard of once, also after this node has spoken anew', () => {
  const absences = new Absences()
  assert.equal(absences.hear({ ...away(2), state: 'SUSPECT' }, { epoch: 1, incarnation: 3 }), false)
  assert.equal(absences.hear(away(2), { epoch: 1, incarnation: 3 }), true)
  assert.equal(absences.hear(away(2), { epoch: 1, incarnation: 3 }), false)
  assert.equal(absences.hear(away(1), { epoch: 1, incarnation: 3 }), false)
  assert.equal(absences.hear(away(3), { epoch: 1, incarnation: 3 }), true)
})

test('of what this node has not said nobody can hold it to be away', () => {
  const absences = new Absences()
  assert.equal(absences.hear(away(4), { epoch: 1, incarnation: 3 }), false)
  assert.equal(absences.hear(away(0, 2), { epoch: 1, incarnation: 3 }), false)
  assert.equal(absences.hear(away(0, 1), { epoch: 2, incarnation: 3 }), false)
  assert.equal(absences.hear(away(0, 2), { epoch: 2, incarnation: 0 }), true)
})

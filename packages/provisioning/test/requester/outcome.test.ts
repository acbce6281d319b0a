import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestState } from '../../src/provisioning.ts'
import { eventAfterCensus, isOpen, isUndecided, isWaiting, type OutcomeEvent, outcomeAfter } from '../../src/requester/outcome.ts'

const events: readonly OutcomeEvent[] = [
  'granted',
  'lost',
  'none-fits',
  'some-fit',
  'relaxed',
  'deadline',
  'done',
  'cancelled',
  'restarted'
]

/** Where each event leads, in the order of {@link events}; `-` where it changes nothing. */
const table: Readonly<Record<RequestState, readonly string[]>> = {
  waiting: ['granted', '-', 'scale-out-asked', '-', 'relaxed', 'expired', 'ended', 'cancelled', '-'],
  'scale-out-asked': ['granted', '-', '-', 'waiting', 'relaxed', 'expired', 'ended', 'cancelled', '-'],
  relaxed: ['granted', '-', '-', '-', '-', 'expired', 'ended', 'cancelled', '-'],
  granted: ['-', 'waiting', '-', '-', '-', '-', 'ended', 'cancelled', 'verifying'],
  verifying: ['granted', 'waiting', '-', '-', '-', '-', 'ended', 'cancelled', '-'],
  ended: ['-', '-', '-', '-', '-', '-', '-', '-', '-'],
  cancelled: ['-', '-', '-', '-', '-', '-', '-', '-', '-'],
  expired: ['-', '-', '-', '-', '-', '-', '-', 'cancelled', '-']
}

test('every event leads from every state to where the table says', () => {
  for (const [state, row] of Object.entries(table) as [RequestState, readonly string[]][]) {
    const expected = row.map((next) => (next === '-' ? state : next))
    assert.deepEqual(
      events.map((event) => outcomeAfter(state, event)),
      expected,
      state
    )
  }
})

test('every state but the ended ones can be left, and a request that waits is open', () => {
  for (const state of Object.keys(table) as RequestState[]) {
    assert.equal(isOpen(state), events.some((event) => outcomeAfter(state, event) !== state) && state !== 'expired', state)
    assert.ok(!isWaiting(state) || isUndecided(state), state)
    assert.ok(!isUndecided(state) || isOpen(state), state)
  }
})

test('the infrastructure is told before terms are dropped, and nothing is concluded from half an answer', () => {
  const none = { couldEver: 0, complete: true, mayScaleOut: true, mayRelax: true }
  assert.equal(eventAfterCensus('waiting', { ...none, couldEver: 1, complete: false }), 'some-fit')
  assert.equal(eventAfterCensus('waiting', { ...none, complete: false }), undefined)
  assert.equal(eventAfterCensus('waiting', none), 'none-fits')
  assert.equal(eventAfterCensus('waiting', { ...none, mayScaleOut: false }), 'relaxed')
  assert.equal(eventAfterCensus('scale-out-asked', none), 'relaxed')
  assert.equal(eventAfterCensus('scale-out-asked', { ...none, mayRelax: false }), undefined)
  assert.equal(eventAfterCensus('relaxed', none), 'relaxed')
})

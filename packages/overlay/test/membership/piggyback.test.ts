import assert from 'node:assert/strict'
import test from 'node:test'
import { encode } from '@cloudpeer/core'
import { piggybackMax } from '../../src/membership/news.ts'
import type { MembershipState } from '../../src/membership/state.ts'
import { pageBytes } from '../../src/membership/table-page.ts'
import { peerOf } from '../fleet.ts'
import { announced, createState, news, peer, populated, stateOf } from './beliefs.ts'

/** Lets a state tell all that it has to tell, as often as it does. */
function tellAll(state: MembershipState): void {
  while (state.piggyback().announcements.length + state.piggyback().rumours.length > 0);
}

test('a suspect is told first, and news is sent 4 ceil(log10(N + 1)) times, half of them with messages for its sake', () => {
  const state = populated(3)
  const sent = Array.from({ length: 4 }, () => [state.spreading, state.piggyback().announcements.length])
  assert.deepEqual(sent, [
    [true, 4],
    [true, 4],
    [false, 4],
    [false, 4]
  ])
  state.judge(peer, 'SUSPECT', 0)
  assert.equal(state.piggyback(peer).rumours[0]?.peer, peer)
  tellAll(state)
  assert.deepEqual(
    state.piggyback(peer).rumours.map(({ state: its }) => its),
    ['SUSPECT']
  )
  assert.deepEqual(state.piggyback(peerOf(2)), { announcements: [], rumours: [] })
})

test('what the topic tells everybody rides on other messages, as does the end that every suspicion comes to by itself', () => {
  const state = populated(3)
  tellAll(state)
  state.hear(announced(peer, { incarnation: 1 }), 0)
  assert.equal(state.spreading, false)
  assert.equal(state.piggyback().announcements.length, 1)
  state.judge(peer, 'SUSPECT', 0)
  assert.equal(state.spreading, true)
  state.tick(12_000)
  assert.equal(stateOf(state), 'AWAY')
  assert.equal(state.spreading, false)
  assert.deepEqual(
    state.piggyback().rumours.map(({ state: its }) => its),
    ['AWAY']
  )
  state.judge(peerOf(2), 'AWAY', 12_000)
  assert.equal(state.spreading, true)
})

test('anytime_messages_are_bounded: piggyback by count and bytes, pages by bytes, and pages cover the table', () => {
  const state = createState()
  const addresses = new Array(8).fill('/'.repeat(250))
  for (let index = 1; index <= 200; index++) state.receive(news(announced(peerOf(index), { addresses: index % 2 ? addresses : [] })), 0)
  while (state.spreading) {
    const { announcements, rumours } = state.piggyback(peer)
    assert.ok(announcements.length + rumours.length <= piggybackMax.count)
    assert.ok(encode({ announcements, rumours }).length <= piggybackMax.bytes + 1024)
  }
  const seen: Uint8Array[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = state.page(after)
    assert.ok(encode({ announcements: page.announcements, rumours: page.rumours }).length <= pageBytes + 8 * 1024)
    seen.push(...page.announcements.map(({ body }) => body))
    after = page.next
  }
  assert.equal(seen.length, 201)
})

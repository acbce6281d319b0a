import assert from 'node:assert/strict'
import test from 'node:test'
import { compareText, pick, seededRandom } from '@cloudpeer/core'
import type { Entry } from '../../src/membership/entry.ts'
import { isLiveState, type MemberState } from '../../src/membership/member.ts'
import { MemberTable } from '../../src/membership/member-table.ts'
import { ServerChanges } from '../../src/membership/server-changes.ts'
import { peerOf } from '../fleet.ts'

const [self, ...others] = Array.from({ length: 31 }, (_, index) => peerOf(index)) as [ReturnType<typeof peerOf>]

/** What the table reads of an entry. */
function entryOf(peer: typeof self, state: MemberState, deadline: number): Entry {
  return { member: { peer, state }, deadline } as Entry
}

test('anytime_every_order_is_that_of_the_entries', () => {
  const random = seededRandom(1)
  const table = new MemberTable(self)
  const expected = new Map<string, Entry>()
  const servers = new Set<string>()
  let version = 0
  for (let step = 0; step < 2_000; step++) {
    const peer = pick(random, [self, ...others])
    const held = table.get(peer)
    if (held !== undefined && peer !== self && random.next() < 0.3) {
      table.delete(held)
      expected.delete(peer)
    } else {
      const deadline = random.next() < 0.3 ? random.integer(100) : Number.POSITIVE_INFINITY
      const entry = Object.assign(held ?? entryOf(peer, 'ALIVE', 0), entryOf(peer, pick(random, ['ALIVE', 'SUSPECT', 'AWAY']), deadline))
      table.put(entry)
      expected.set(peer, entry)
    }
    for (const change of table.serverChanges.since(version) ?? assert.fail('one step is kept')) {
      if (change.serves) servers.add(change.peer)
      else servers.delete(change.peer)
    }
    version = table.serverChanges.version
    const all = [...expected.values()].sort((a, b) => compareText(a.member.peer, b.member.peer))
    const live = all.filter(({ member }) => isLiveState(member.state)).map(({ member }) => member.peer)
    assert.deepEqual(table.ordered, all)
    assert.deepEqual(
      [...table.liveOthers].sort(compareText),
      live.filter((other) => other !== self)
    )
    assert.deepEqual([...servers].sort(compareText), live)
    assert.equal(table.live, live.length)
    assert.equal(table.nextDeadline, Math.min(...all.map(({ deadline }) => deadline)))
    assert.equal(
      table.ordered[table.firstAfter(peer)],
      all.find(({ member }) => compareText(member.peer, peer) > 0)
    )
  }
})

test('changes that are not kept any more are not made up', () => {
  const changes = new ServerChanges()
  for (let step = 0; step < 2_000; step++) changes.add(self, step % 2 === 0)
  assert.equal(changes.since(0), undefined)
  assert.deepEqual(changes.since(1_999), [{ peer: self, serves: false }])
  assert.deepEqual(changes.since(2_000), [])
})

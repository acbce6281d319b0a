import assert from 'node:assert/strict'
import test from 'node:test'
import { encode, seededRandom } from '@cloudpeer/core'
import { createHashSigner } from '@cloudpeer/core/identity'
import fc from 'fast-check'
import { type SignedAnnouncement, sealAnnouncement, type Updates } from '../../src/membership/announcement.ts'
import { goneMax } from '../../src/membership/gone-memory.ts'
import { defaultMembershipOptions } from '../../src/membership/options.ts'
import { peerOf } from '../fleet.ts'
import { announced, createState, network, news, peer, populated, rumour, self, startOf, stateOf } from './beliefs.ts'

test('a member is known by its announcement, and its rumours only bind to that', () => {
  const state = createState()
  state.receive(rumour(peer, 'SUSPECT'), 0)
  assert.equal(stateOf(state), undefined)
  assert.deepEqual(
    state.receive(news(announced(peer, { addresses: ['/ip4/1.2.3.4/tcp/1'] })), 5).changes.map(({ from, to }) => [from, to]),
    [[undefined, 'ALIVE']]
  )
  assert.deepEqual(state.member(peer), {
    peer,
    state: 'ALIVE',
    draining: false,
    epoch: 1,
    incarnation: 0,
    addresses: ['/ip4/1.2.3.4/tcp/1'],
    labels: {},
    sinceMs: 5
  })
  for (const [epoch, incarnation] of [
    [1, 1],
    [2, 0],
    [0, 0]
  ] as const)
    state.receive(rumour(peer, 'AWAY', peerOf(9), epoch, incarnation), 6)
  assert.equal(stateOf(state), 'ALIVE')
  state.receive(rumour(peer, 'SUSPECT'), 7)
  assert.equal(stateOf(state), 'SUSPECT')
})

test('anytime_the_order_of_delivery_does_not_matter: (epoch, incarnation, severity) decides', () => {
  const step = fc.record({
    epoch: fc.integer({ min: 1, max: 3 }),
    incarnation: fc.integer({ min: 0, max: 3 }),
    state: fc.constantFrom('ALIVE' as const, 'AWAY' as const)
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.integer(), (steps, seed) => {
      const random = seededRandom(seed)
      const shuffled = [...steps].sort(() => random.next() - 0.5)
      const results = [steps, shuffled].map((order) => {
        const state = createState()
        for (const change of order) state.receive(news(announced(peer, change)), 0)
        const { epoch, incarnation, state: its } = state.member(peer) ?? {}
        return [epoch, incarnation, its]
      })
      assert.deepEqual(results[0], results[1])
    })
  )
})

test('a replayed or older announcement changes nothing', () => {
  const state = createState()
  const old = announced(peer)
  state.receive(news(old), 0)
  state.receive(news(announced(peer, { incarnation: 1, state: 'AWAY' })), 1)
  const { version } = state
  assert.deepEqual(state.receive(news(old, announced(peer, { incarnation: 1 })), 2).changes, [])
  assert.equal(state.version, version)
  state.receive(news(announced(peer, { epoch: 2 })), 3)
  assert.equal(stateOf(state), 'ALIVE')
})

test('announcements that are forged, of another network or nonsense are named and not taken; the rest of the message is', () => {
  const state = createState()
  const good = announced(peerOf(2))
  const body = announced(peer).body
  const bad: [SignedAnnouncement, string][] = [
    [{ body, signature: announced(peerOf(3)).signature }, 'FORGED_MEMBER'],
    [
      sealAnnouncement(
        { network, peer, epoch: 1, incarnation: 0, start: startOf(2), addresses: [], labels: {}, state: 'ALIVE' },
        createHashSigner(peerOf(3))
      ),
      'FORGED_MEMBER'
    ],
    [announced(peer, { network: '1'.repeat(32) }), 'WRONG_NETWORK'],
    [{ body: Uint8Array.of(0xff), signature: new Uint8Array(64) }, 'MALFORMED'],
    [{ body: encode({ peer }), signature: new Uint8Array(64) }, 'INVALID'],
    [
      {
        body: encode({ network, peer: 'no peer', epoch: 1, incarnation: 0, start: startOf(2), addresses: [], labels: {}, state: 'ALIVE' }),
        signature: new Uint8Array(64)
      },
      'INVALID'
    ],
    [
      {
        body: encode({
          network,
          peer,
          epoch: 1,
          incarnation: 0,
          start: startOf(2),
          addresses: new Array(9).fill('a'),
          labels: {},
          state: 'ALIVE'
        }),
        signature: new Uint8Array(64)
      },
      'INVALID'
    ]
  ]
  const { rejected } = state.receive(news(...bad.map(([signed]) => signed), good), 0)
  assert.deepEqual(
    rejected.map(({ code }) => code),
    bad.map(([, code]) => code)
  )
  assert.deepEqual(
    state.members().map((member) => member.peer),
    [self, peerOf(2)].sort()
  )
})

test('anytime_nonsense_is_harmless: no bytes in place of an announcement throw', () => {
  const state = createState()
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (body) => {
      assert.equal(state.receive(news({ body, signature: new Uint8Array(64) }), 0).rejected.length, 1)
    })
  )
})

test('a rumour about this node is refuted by a higher incarnation, once', () => {
  const state = createState()
  const effects = state.receive(rumour(self, 'AWAY'), 0)
  assert.equal(effects.refuted, true)
  assert.equal(state.member(self)?.incarnation, 1)
  assert.equal(state.health.score, 1)
  assert.equal(state.receive(rumour(self, 'AWAY'), 1).refuted, false)
  assert.ok(state.piggyback().announcements.some(({ body }) => Buffer.from(body).equals(state.announcement.body)))
})

test('a node that announced its leave refutes nothing', () => {
  const state = createState()
  state.announce({ state: 'AWAY' }, 0)
  assert.equal(state.receive(rumour(self, 'SUSPECT', peer, 1, 1), 1).refuted, false)
  assert.equal(stateOf(state, self), 'AWAY')
})

test('a node that hears of another start of itself goes on under an epoch that nobody has seen', () => {
  const state = createState(1)
  const ownVersion = () => [state.member(self)?.epoch, state.member(self)?.incarnation, stateOf(state, self)]
  state.receive(news(announced(self, { epoch: 5, incarnation: 2 })), 0)
  assert.deepEqual(ownVersion(), [6, 0, 'ALIVE'])
  state.receive(news(announced(self, { epoch: 5, incarnation: 9 })), 0)
  assert.deepEqual(ownVersion(), [6, 0, 'ALIVE'], 'what is older does not matter')
  state.receive(news(announced(self, { epoch: 6, incarnation: 0, start: startOf(1) })), 0)
  assert.deepEqual(ownVersion(), [6, 0, 'ALIVE'], 'its own word comes back')
  const forged = { body: announced(self, { epoch: 9 }).body, signature: announced(peer).signature }
  assert.equal(state.receive(news(forged), 0).rejected[0]?.code, 'FORGED_MEMBER')
  assert.deepEqual(ownVersion(), [6, 0, 'ALIVE'])
})

test('anytime_two_processes_with_one_key_do_not_outbid_each_other_for_ever', () => {
  const state = createState(1)
  const contested: boolean[] = []
  for (let epoch = 1; epoch < 100; epoch += 2) {
    state.receive(news(announced(self, { epoch })), 0)
    contested.push(state.isContested)
  }
  assert.equal(state.member(self)?.epoch, 32)
  assert.equal(contested.indexOf(true), 7, 'not for the few words that a lost memory meets')
  assert.equal(contested.lastIndexOf(false), 6)
  assert.equal(state.receive(news(announced(self, { epoch: 200 })), 0).rejected[0]?.code, 'IDENTITY_IN_USE')
})

test('a suspicion ends after 12 s unconfirmed, after 4 s with two confirmations, and not by repetition', () => {
  const ends = (by: readonly string[]): number => {
    const state = populated(8)
    for (const its of by) state.receive(rumour(peer, 'SUSPECT', its), 0)
    return state.nextDeadline()
  }
  assert.equal(ends(['a']), 12_000)
  assert.equal(ends(['a', 'a', 'a']), 12_000)
  assert.ok(Math.abs(ends(['a', 'b']) - (12_000 - (Math.log(2) / Math.log(3)) * 8_000)) < 1e-6)
  assert.equal(Math.round(ends(['a', 'b', 'c'])), 4_000)
  assert.equal(Math.round(ends(['a', 'b', 'c', 'd'])), 4_000)
})

test('SUSPECT becomes AWAY becomes GONE, each in its time; a higher incarnation ends a suspicion', () => {
  const state = populated(8)
  state.judge(peer, 'SUSPECT', 0)
  state.tick(11_999)
  assert.equal(stateOf(state), 'SUSPECT')
  state.receive(news(announced(peer, { incarnation: 1 })), 11_999)
  state.tick(30_000)
  assert.equal(stateOf(state), 'ALIVE')
  state.judge(peer, 'SUSPECT', 30_000)
  assert.deepEqual(
    state.tick(42_000).changes.map(({ to }) => to),
    ['AWAY']
  )
  state.tick(42_000 + defaultMembershipOptions.crashAwayMs - 1)
  assert.equal(stateOf(state), 'AWAY')
  assert.deepEqual(
    state.tick(42_000 + defaultMembershipOptions.crashAwayMs).changes.map(({ to }) => to),
    ['GONE']
  )
  assert.equal(stateOf(state), undefined)
})

test('one that refuted too late for others hears that it was away', () => {
  const other = populated(1)
  other.judge(peer, 'AWAY', 0)
  other.receive(news(announced(peer, { incarnation: 1 })), 1_000)
  const [told] = other.piggyback(peer).rumours
  assert.deepEqual([told?.state, told?.incarnation], ['AWAY', 0])
  const late = createState()
  late.receive(rumour(self, 'SUSPECT'), 0)
  const { refuted, wasAway } = late.receive(rumour(self, 'AWAY'), 1_000)
  assert.deepEqual([refuted, wasAway], [false, true])
})

test('an announced leave is kept for a day', () => {
  const state = populated(1)
  state.receive(news(announced(peer, { incarnation: 1, state: 'AWAY' })), 1_000)
  assert.equal(state.nextDeadline(), 1_000 + 86_400_000)
  assert.deepEqual(state.lost(), [])
})

test('an erased member does not come back by an old announcement, only by its own later word', () => {
  const state = populated(1)
  state.judge(peer, 'AWAY', 0)
  state.tick(defaultMembershipOptions.crashAwayMs)
  assert.deepEqual(state.lost(), [peer])
  state.receive(news(announced(peer)), 700_000)
  assert.equal(stateOf(state), undefined)
  assert.deepEqual(
    state.verdictOn(peer).map(({ epoch, incarnation }) => [epoch, incarnation]),
    [[1, 0]],
    'it is told, so that it can refute'
  )
  state.receive(news(announced(peer, { incarnation: 1 })), 700_001)
  assert.equal(stateOf(state), 'ALIVE')
})

test('a permanent leave erases at once and passes on', () => {
  const state = populated(1)
  state.piggyback()
  assert.deepEqual(
    state.receive(news(announced(peer, { incarnation: 1, state: 'GONE' })), 0).changes.map(({ to }) => to),
    ['GONE']
  )
  assert.equal(state.receive(news(announced(peer, { incarnation: 1, state: 'GONE' })), 1).changes.length, 0)
  assert.deepEqual(state.lost(), [])
})

test('a page makes SUSPECT what the other side holds to be AWAY, but a newcomer takes its word', () => {
  const known = populated(3)
  const page: Updates = { ...news(announced(peer)), ...rumour(peer, 'AWAY'), announcements: [announced(peer)] }
  known.merge(page, 0)
  assert.equal(stateOf(known), 'SUSPECT')
  const newcomer = createState()
  newcomer.merge(page, 0, { spread: false })
  assert.equal(stateOf(newcomer), 'AWAY')
})

test('a rumour that a connected member is AWAY only makes it SUSPECT', () => {
  const state = createState(1, [peer])
  state.receive(news(announced(peer), announced(peerOf(2))), 0)
  state.receive({ announcements: [], rumours: [...rumour(peer, 'AWAY').rumours, ...rumour(peerOf(2), 'AWAY').rumours] }, 1)
  assert.deepEqual([stateOf(state), stateOf(state, peerOf(2))], ['SUSPECT', 'AWAY'])

  const newcomer = createState(1, [peer])
  newcomer.receive({ ...rumour(peer, 'AWAY'), announcements: [announced(peer)] }, 1)
  assert.equal(stateOf(newcomer), 'SUSPECT', 'also by the message that tells of it first')
})

test('time that this node slept is no evidence against others', () => {
  const state = populated(8)
  state.judge(peer, 'SUSPECT', 0)
  state.slept(60_000)
  state.tick(60_000)
  assert.equal(stateOf(state), 'SUSPECT')
  assert.equal(state.nextDeadline(), 72_000)
})

test('anytime_the_memory_of_the_gone_is_bounded', () => {
  const state = createState()
  for (let index = 1; index <= goneMax + 10; index++) {
    state.receive(news(announced(peerOf(index))), 0, { spread: false })
    state.judge(peerOf(index), 'AWAY', 0)
  }
  state.tick(defaultMembershipOptions.crashAwayMs)
  assert.equal(state.lost().length, goneMax)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { type PeerId, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { type Announcement, type SignedAnnouncement, sealAnnouncement } from '../../src/membership/announcement.ts'
import { membersMax } from '../../src/membership/member.ts'
import { defaultMembershipOptions } from '../../src/membership/options.ts'
import { MembershipState } from '../../src/membership/state.ts'
import { WordMemory } from '../../src/membership/word-memory.ts'
import { peerOf } from '../fleet.ts'

const network = '0'.repeat(32)
const { crashAwayMs } = defaultMembershipOptions

function announced(peer: PeerId, change: Partial<Announcement> = {}): SignedAnnouncement {
  const first = { network, peer, epoch: 1, incarnation: 0, start: new Uint8Array(8), addresses: [], labels: {}, state: 'ALIVE' as const }
  return sealAnnouncement({ ...first, ...change }, createHashSigner(peer))
}

/** A node that knows as many members as there may be, and what it says to announcements: a code each that it does not take. */
function createFull() {
  const verifier = createHashVerifier()
  const words = new WordMemory({ stores: createMemoryStores(), network, verifier, log: silentLog })
  const own = { network, signer: createHashSigner(peerOf(0)), verifier, epoch: 1, start: new Uint8Array(8), labels: {} }
  const state = new MembershipState({ ...own, options: defaultMembershipOptions, words, isConnected: () => false }, 0)
  const all = Array.from({ length: membersMax }, (_, index) => announced(peerOf(index + 1)))
  state.receive({ announcements: all, rumours: [] }, 0, { spread: false })
  const refused = (now: number, ...announcements: SignedAnnouncement[]): string[] =>
    state.receive({ announcements, rumours: [] }, now).rejected.map(({ code }) => code)
  return { state, refused }
}

test('anytime_the_table_is_bounded: a full one goes on with the members that it has, and has room for another as soon as one is GONE', () => {
  const { state, refused } = createFull()
  const [left, crashed, other, first, second] = [1, 2, 3, membersMax + 1, membersMax + 2].map(peerOf) as [
    PeerId,
    PeerId,
    PeerId,
    PeerId,
    PeerId
  ]
  assert.equal(state.size, membersMax + 1)
  assert.deepEqual(refused(0, announced(other, { incarnation: 1, labels: { zone: 'new' } })), [])
  assert.deepEqual(state.member(other)?.labels, { zone: 'new' })
  assert.deepEqual(refused(0, announced(left, { incarnation: 1, state: 'AWAY' }), announced(first)), ['MEMBERS_FULL'])
  assert.deepEqual(refused(0, announced(left, { incarnation: 2, state: 'GONE' }), announced(first), announced(second)), ['MEMBERS_FULL'])
  state.judge(crashed, 'AWAY', 0)
  assert.deepEqual(refused(crashAwayMs - 1, announced(second)), ['MEMBERS_FULL'])
  state.tick(crashAwayMs)
  assert.deepEqual(refused(crashAwayMs, announced(second), announced(crashed, { incarnation: 1 })), ['MEMBERS_FULL'])
  assert.deepEqual(
    [left, crashed, first, second].map((peer) => state.member(peer)?.state),
    [undefined, undefined, 'ALIVE', 'ALIVE']
  )
  assert.equal(state.size, membersMax + 1)
})

import { type PeerId, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { type Announcement, type SignedAnnouncement, sealAnnouncement, type Updates } from '../../src/membership/announcement.ts'
import type { MemberState } from '../../src/membership/member.ts'
import { defaultMembershipOptions } from '../../src/membership/options.ts'
import { MembershipState } from '../../src/membership/state.ts'
import { WordMemory } from '../../src/membership/word-memory.ts'
import { peerOf } from '../fleet.ts'

/** The network of the tests of one node's beliefs. */
export const network = '0'.repeat(32)
/** The node whose beliefs these are. */
export const self = peerOf(0)
/** The first of the others. */
export const peer = peerOf(1)

/** By what the start of a number differs from others. */
export function startOf(number: number): Uint8Array {
  return new Uint8Array(8).fill(number)
}

/** What a node believes at first, in its `epoch`, while it has connections with some. */
export function createState(epoch = 1, connected: readonly string[] = []): MembershipState {
  const init = {
    network,
    signer: createHashSigner(self),
    verifier: createHashVerifier(),
    epoch,
    start: startOf(1),
    labels: {},
    options: defaultMembershipOptions,
    words: new WordMemory({ stores: createMemoryStores(), network, verifier: createHashVerifier(), log: silentLog })
  }
  return new MembershipState({ ...init, isConnected: (its) => connected.includes(its) }, 0)
}

/** A member's own word: its first, but for `change`. */
export function announced(of: PeerId, change: Partial<Announcement> = {}): SignedAnnouncement {
  return sealAnnouncement(
    { network, peer: of, epoch: 1, incarnation: 0, start: startOf(2), addresses: [], labels: {}, state: 'ALIVE', ...change },
    createHashSigner(of)
  )
}

/** A message of announcements. */
export function news(...announcements: SignedAnnouncement[]): Updates {
  return { announcements, rumours: [] }
}

/** A message of one verdict. */
export function rumour(of: string, state: 'SUSPECT' | 'AWAY', by: string = peerOf(9), epoch = 1, incarnation = 0): Updates {
  return { announcements: [], rumours: [{ peer: of, epoch, incarnation, state, by }] }
}

/** How a member is seen, the first one if not said. */
export function stateOf(state: MembershipState, of: PeerId = peer): MemberState | undefined {
  return state.member(of)?.state
}

/** A state with `count` other ALIVE members. */
export function populated(count: number): MembershipState {
  const state = createState()
  for (let index = 1; index <= count; index++) state.receive(news(announced(peerOf(index))), 0)
  return state
}

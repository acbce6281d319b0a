import { CloudError, type PeerId } from '@cloudpeer/core'

/**
 * What is believed of a member. ALIVE answers; SUSPECT did not answer lately and may refute; AWAY left for a while, by
 * announcement or by a crash, and keeps its place; GONE left for good and is erased.
 */
export type MemberState = 'ALIVE' | 'SUSPECT' | 'AWAY' | 'GONE'

/** Whether members in this state answer, or may. */
export function isLiveState(state: MemberState | undefined): boolean {
  return state === 'ALIVE' || state === 'SUSPECT'
}

/** One row of the directory. */
export interface Member {
  readonly peer: PeerId
  readonly state: MemberState
  /** Whether it has announced that it hands over what it holds and will leave for good: it answers, and carries nothing new. */
  readonly draining: boolean
  /** How often the member has been started: it grows with each start and is kept on its disk. */
  readonly epoch: number
  /** Grows within an epoch whenever the member speaks anew of itself. */
  readonly incarnation: number
  /** Multiaddrs, at most {@link addressesMax}. */
  readonly addresses: readonly string[]
  /** Short texts by which the operator describes the node, such as its location. */
  readonly labels: Labels
  /** When this node saw the member enter its state, in ms on this node's monotonic clock. */
  readonly sinceMs: number
}

/** Names to short texts, at most {@link labelsMax}. */
export type Labels = Readonly<Record<string, string>>

/** A member as it changed: `from` is undefined for a member that was not known, `to` is GONE for one that was erased. */
export interface MemberChange {
  readonly peer: PeerId
  readonly from: MemberState | undefined
  readonly to: MemberState
  readonly member: Member
}

/** The most addresses that one member may announce. */
export const addressesMax = 8
/** The most characters of one address. */
export const addressLengthMax = 256
/** The most labels that one member may announce. */
export const labelsMax = 8
/** The most characters of a label's name and of its value. */
export const labelLengthMax = 64
/** The most members that the table holds, this node not among them. */
export const membersMax = 10_000

/** MEMBERS_FULL where a table of `size` members, this node among them, has no room for another beside `max` of others. */
export function requireRoom(size: number, max: number): void {
  if (size > max) throw new CloudError('MEMBERS_FULL', { max })
}

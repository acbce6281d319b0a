import type { MemberState } from './member.ts'

/** What orders two beliefs about one member. */
export interface Version {
  readonly epoch: number
  readonly incarnation: number
  readonly state: MemberState
}

/** Of one epoch and incarnation the worse news holds: only the member itself may call itself better, by a later incarnation. */
export const severity: Readonly<Record<MemberState, number>> = { ALIVE: 0, SUSPECT: 1, AWAY: 2, GONE: 3 }

/** Order of (epoch, incarnation, severity): positive if `a` replaces `b`. */
export function compareVersion(a: Version, b: Version): number {
  return a.epoch - b.epoch || a.incarnation - b.incarnation || severity[a.state] - severity[b.state]
}

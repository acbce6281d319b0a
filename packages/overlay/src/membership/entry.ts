import { equalBytes } from '@cloudpeer/core'
import type { Announcement, Rumour, SignedAnnouncement } from './announcement.ts'
import type { Member, MemberState } from './member.ts'
import type { SuspicionBounds } from './suspicion.ts'
import type { Version } from './version.ts'

/** A suspicion that runs. */
export interface Suspicion {
  readonly bounds: SuspicionBounds
  /** Who suspects: the first, and those who confirmed. */
  readonly confirmedBy: Set<string>
}

/** What the table holds of one member. */
export interface Entry {
  announcement: Announcement
  signed: SignedAnnouncement
  /** The member as others see it, made anew at each change. */
  member: Member
  /** Who passed the verdict that the state rests on. */
  by: string
  suspicion: Suspicion | undefined
  /** When the state ends by itself, on this node's clock; Infinity if it does not. */
  deadline: number
}

/** The most bytes of a rumour on the wire: two peer ids of 52 characters, and 96 for the rest. */
export const rumourBytes = 200

/** An entry as the member's own word makes it. */
export function createEntry(announcement: Announcement, signed: SignedAnnouncement, now: number): Entry {
  const member = memberOf(announcement, announcement.state, now)
  return { announcement, signed, member, by: announcement.peer, suspicion: undefined, deadline: Number.POSITIVE_INFINITY }
}

/** The member that an announcement describes, in the state that is believed. */
export function memberOf(announcement: Announcement, state: MemberState, sinceMs: number): Member {
  const { peer, epoch, incarnation, addresses, labels, draining = false } = announcement
  return { peer, state, draining, epoch, incarnation, addresses, labels, sinceMs }
}

/** What orders the entry against other beliefs. */
export function versionOf({ announcement: { epoch, incarnation }, member: { state } }: Entry): Version {
  return { epoch, incarnation, state }
}

/** A verdict on the entry's present announcement. */
export function rumourOf({ announcement: { peer, epoch, incarnation } }: Entry, state: Rumour['state'], by: string): Rumour {
  return { peer, epoch, incarnation, state, by }
}

/** Whether a member is AWAY without having announced it. */
export function hasCrashed({ announcement, member }: Entry): boolean {
  return member.state === 'AWAY' && announcement.state === 'ALIVE'
}

/** Bytes of an announcement on the wire: its body, and 96 for the signature and the keys. */
export function announcementBytes({ body }: SignedAnnouncement): number {
  return body.length + 96
}

/** Whether two starts of a member use one epoch: then the one that was heard first is believed. */
export function contradicts(announcement: Announcement, { announcement: held }: Entry): boolean {
  return announcement.epoch === held.epoch && isOtherStart(announcement, held)
}

/** Whether a member said these two things in different starts. */
export function isOtherStart(a: Announcement, b: Announcement): boolean {
  return !equalBytes(a.start, b.start)
}

import type { Rumour, SignedAnnouncement, Updates } from './announcement.ts'
import { announcementBytes, type Entry, hasCrashed, rumourBytes, rumourOf } from './entry.ts'
import type { MemberTable } from './member-table.ts'

/** Where a page of the table ends, in bytes of its entries. */
export const pageBytes = 56 * 1024

/** A part of the table. */
export interface TablePage extends Updates {
  /** The peer id after which the next page begins; undefined if this was the last. */
  readonly next: string | undefined
}

/** The part of a table after peer id `after`, in the order of peer ids, with the verdicts of others. */
export function pageAfter(table: MemberTable, after: string): TablePage {
  const announcements: SignedAnnouncement[] = []
  const rumours: Rumour[] = []
  let bytes = 0
  let last = after
  const { ordered } = table
  for (let place = table.firstAfter(after); place < ordered.length; place++) {
    const entry = ordered[place] as Entry
    if (bytes >= pageBytes) return { announcements, rumours, next: last }
    bytes += announcementBytes(entry.signed) + rumourBytes
    announcements.push(entry.signed)
    const { state } = entry.member
    if (state === 'SUSPECT' || (state === 'AWAY' && hasCrashed(entry))) rumours.push(rumourOf(entry, state, entry.by))
    last = entry.member.peer
  }
  return { announcements, rumours, next: undefined }
}

import { equalBytes, keepEncoding, type PeerId } from '@cloudpeer/core'
import { announcedPeer, type Rumour, type SignedAnnouncement, type Updates } from './announcement.ts'
import { BroadcastQueue } from './broadcast-queue.ts'
import { announcementBytes, rumourBytes } from './entry.ts'

/** The most updates that travel with one message, and the most bytes of them. */
export const piggybackMax = { count: 64, bytes: 32 * 1024 }

/** What to tell where there is nothing to tell. */
const nothing: Updates = keepEncoding(Object.freeze({ announcements: Object.freeze([]), rumours: Object.freeze([]) }))

/** What one node still has to tell others: of each member its latest word, or the latest verdict on that. */
export class News {
  readonly #queue = new BroadcastQueue<{ readonly announcement: SignedAnnouncement } | { readonly rumour: Rumour }>()

  /** How many updates there are. */
  get size(): number {
    return this.#queue.size
  }

  /** Whether any of them is worth messages of its own. */
  get urgent(): boolean {
    return this.#queue.urgent > 0
  }

  /** Takes in a member's announcement, which makes rumours about earlier ones worthless. */
  announce(peer: PeerId, signed: SignedAnnouncement, urgent = true): void {
    this.#queue.drop(rumourKey(peer))
    this.#queue.put(announcementKey(peer), { announcement: signed }, announcementBytes(signed), urgent)
  }

  /** Takes in a verdict, in place of an earlier one. */
  accuse(rumour: Rumour, urgent = true): void {
    this.#queue.put(rumourKey(rumour.peer), { rumour }, rumourBytes, urgent)
  }

  /** Whether exactly this announcement is among what is still to be told. */
  has(peer: string, { body }: SignedAnnouncement): boolean {
    const update = this.#queue.get(announcementKey(peer))
    return update !== undefined && 'announcement' in update && equalBytes(update.announcement.body, body)
  }

  /**
   * What one message may carry beside `verdict`, which goes first; each update is told `timesMax` times in all, and none to a
   * receiver that has just `told` it itself.
   */
  take(verdict: readonly Rumour[], timesMax: number, told: Updates = nothing): Updates {
    if (verdict.length === 0 && this.size === 0) return nothing
    const updates = this.#queue.take({ ...piggybackMax, count: piggybackMax.count - verdict.length }, timesMax, this.#keysOf(told))
    return {
      announcements: updates.flatMap((update) => ('announcement' in update ? [update.announcement] : [])),
      rumours: [...verdict, ...updates.flatMap((update) => ('rumour' in update ? [update.rumour] : []))]
    }
  }

  /** Which of what is still to be told is the same as in a peer's updates. */
  #keysOf({ announcements, rumours }: Updates): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const signed of announcements) {
      const peer = announcedPeer(signed)
      if (peer !== undefined && this.has(peer, signed)) keys.add(announcementKey(peer))
    }
    for (const { peer, ...verdict } of rumours) {
      const update = this.#queue.get(rumourKey(peer))
      if (update !== undefined && 'rumour' in update && sameVerdict(update.rumour, verdict)) keys.add(rumourKey(peer))
    }
    return keys
  }
}

function announcementKey(peer: string): string {
  return `announcement ${peer}`
}

function rumourKey(peer: string): string {
  return `rumour ${peer}`
}

function sameVerdict(rumour: Rumour, { epoch, incarnation, state, by }: Omit<Rumour, 'peer'>): boolean {
  return rumour.epoch === epoch && rumour.incarnation === incarnation && rumour.state === state && rumour.by === by
}

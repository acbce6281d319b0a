import { compareText, type PeerId } from '@cloudpeer/core'
import type { Entry } from './entry.ts'
import { isLiveState } from './member.ts'
import { ServerChanges } from './server-changes.ts'

/**
 * The entries of all members, kept up in each order in which they are asked for: in a network of thousands no event may pass
 * over all of them. An entry that was changed must be put again.
 */
export class MemberTable {
  readonly serverChanges = new ServerChanges()
  readonly #self: PeerId
  readonly #entries = new Map<PeerId, Entry>()
  readonly #ordered: Entry[] = []
  readonly #liveOthers: PeerId[] = []
  readonly #livePlaces = new Map<PeerId, number>()
  readonly #timed = new Set<Entry>()
  readonly #serving = new Set<PeerId>()
  #nextDeadline: number | undefined = Number.POSITIVE_INFINITY
  #selfLives = false

  constructor(self: PeerId) {
    this.#self = self
  }

  get size(): number {
    return this.#entries.size
  }

  /** All entries, by peer id. */
  get ordered(): readonly Entry[] {
    return this.#ordered
  }

  /** Members ALIVE or SUSPECT but this node, in no particular order. */
  get liveOthers(): readonly PeerId[] {
    return this.#liveOthers
  }

  /** How many members are ALIVE or SUSPECT. */
  get live(): number {
    return this.#liveOthers.length + (this.#selfLives ? 1 : 0)
  }

  /** Entries whose state ends by itself. */
  get timed(): ReadonlySet<Entry> {
    return this.#timed
  }

  /** The first moment at which one of them ends; Infinity if there is none. */
  get nextDeadline(): number {
    if (this.#nextDeadline === undefined) {
      let next = Number.POSITIVE_INFINITY
      for (const { deadline } of this.#timed) next = Math.min(next, deadline)
      this.#nextDeadline = next
    }
    return this.#nextDeadline
  }

  get(peer: PeerId): Entry | undefined {
    return this.#entries.get(peer)
  }

  has(peer: PeerId): boolean {
    return this.#entries.has(peer)
  }

  /** Takes an entry in, or takes up what has changed of it. */
  put(entry: Entry): void {
    const { peer, state, draining } = entry.member
    if (!this.#entries.has(peer)) this.#ordered.splice(this.firstAfter(peer), 0, entry)
    this.#entries.set(peer, entry)
    this.#setTimed(entry, entry.deadline !== Number.POSITIVE_INFINITY)
    this.#setLive(peer, isLiveState(state))
    this.#setServing(peer, isLiveState(state) && !draining)
  }

  delete(entry: Entry): void {
    const { peer } = entry.member
    if (!this.#entries.delete(peer)) return
    this.#ordered.splice(this.firstAfter(peer) - 1, 1)
    this.#setTimed(entry, false)
    this.#setLive(peer, false)
    this.#setServing(peer, false)
  }

  /** Where the entries behind a peer id begin. */
  firstAfter(peer: string): number {
    let low = 0
    let high = this.#ordered.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareText((this.#ordered[middle] as Entry).member.peer, peer) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #setTimed(entry: Entry, isTimed: boolean): void {
    if (!isTimed && !this.#timed.delete(entry)) return
    if (isTimed) this.#timed.add(entry)
    this.#nextDeadline = undefined
  }

  #setLive(peer: PeerId, lives: boolean): void {
    if (lives === this.#isLive(peer)) return
    if (peer === this.#self) this.#selfLives = lives
    else if (lives) this.#livePlaces.set(peer, this.#liveOthers.push(peer) - 1)
    else this.#takeOut(peer)
  }

  #setServing(peer: PeerId, serves: boolean): void {
    if (serves === this.#serving.has(peer)) return
    this.serverChanges.add(peer, serves)
    if (serves) this.#serving.add(peer)
    else this.#serving.delete(peer)
  }

  #isLive(peer: PeerId): boolean {
    return peer === this.#self ? this.#selfLives : this.#livePlaces.has(peer)
  }

  /** The last one takes its place. */
  #takeOut(peer: PeerId): void {
    const place = this.#livePlaces.get(peer) as number
    const last = this.#liveOthers.pop() as PeerId
    this.#livePlaces.delete(peer)
    if (last === peer) return
    this.#liveOthers[place] = last
    this.#livePlaces.set(last, place)
  }
}

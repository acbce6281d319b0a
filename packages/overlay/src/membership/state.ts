import { CloudError, compareText, type PeerId } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import {
  type Announcement,
  checkSignature,
  type Rumour,
  readAnnouncement,
  type SignedAnnouncement,
  sealAnnouncement,
  type Updates
} from './announcement.ts'
import { BroadcastQueue } from './broadcast-queue.ts'
import { announcementBytes, createEntry, type Entry, hasCrashed, memberOf, rumourBytes, rumourOf, versionOf } from './entry.ts'
import { GoneMemory } from './gone-memory.ts'
import { Health } from './health.ts'
import type { Labels, Member, MemberChange, MemberState } from './member.ts'
import type { MembershipOptions } from './options.ts'
import { suspicionBounds, suspicionMs } from './suspicion.ts'
import { compareVersion, severity } from './version.ts'

/** The most members that the table holds, this node not among them. */
export const membersMax = 10_000
/** The most updates that travel with one message, and the most bytes of them. */
export const piggybackMax = { count: 64, bytes: 32 * 1024 }
/** Where a page of the table ends, in bytes of its entries. */
export const pageBytes = 56 * 1024

/** What an event did. */
export interface Effects {
  readonly changes: MemberChange[]
  /** Updates that were not taken, and why. */
  readonly rejected: CloudError[]
  /** Whether this node had to speak against a rumour about itself. */
  refuted: boolean
}

/** What the table is made with. */
export interface MembershipInit {
  readonly network: string
  readonly signer: Signer
  readonly verifier: Verifier
  readonly epoch: number
  readonly labels: Labels
  readonly options: MembershipOptions
  /** Whether a connection to a peer is open. */
  readonly isConnected: (peer: string) => boolean
}

/** A part of the table. */
export interface TablePage extends Updates {
  /** The peer id after which the next page begins; undefined if this was the last. */
  readonly next: string | undefined
}

/**
 * What one node believes of all members (SWIM: Das, Gupta and Motivala, 2002). A function of its events: it reads no
 * clock and sends nothing; `now` comes with each event, and what is to be sent is asked for.
 */
export class MembershipState {
  readonly self: PeerId
  readonly health: Health
  readonly #init: MembershipInit
  readonly #entries = new Map<PeerId, Entry>()
  readonly #timed = new Set<Entry>()
  readonly #gone = new GoneMemory()
  readonly #queue = new BroadcastQueue<{ readonly announcement: SignedAnnouncement } | { readonly rumour: Rumour }>()
  #own: Entry
  #sorted: readonly Entry[] | undefined
  #version = 0

  constructor(init: MembershipInit, now: number) {
    this.self = init.signer.self
    this.health = new Health(init.options.healthMax)
    this.#init = init
    const { network, epoch, labels } = init
    const first = { network, peer: this.self, epoch, incarnation: 0, addresses: [], labels: { ...labels }, state: 'ALIVE' as const }
    this.#own = this.#ownEntry(first, now)
    this.#entries.set(this.self, this.#own)
    this.#spread(this.#own)
  }

  /** Grows with each change of the table. */
  get version(): number {
    return this.#version
  }

  /** Whether there is anything left to spread. */
  get spreading(): boolean {
    return this.#queue.size > 0
  }

  /** What this node says of itself now. */
  get announcement(): SignedAnnouncement {
    return this.#own.signed
  }

  /** Members of any state, this node among them, by peer id. */
  members(): Member[] {
    return this.#table().map(({ member }) => member)
  }

  member(peer: PeerId): Member | undefined {
    return this.#entries.get(peer)?.member
  }

  /** Peers that went without a word: members AWAY by a crash, and such as were erased since. A partition looks the same. */
  lost(): PeerId[] {
    const away = this.#table().filter(hasCrashed)
    return [...away.map(({ member }) => member.peer), ...this.#gone.crashed()]
  }

  /** When {@link tick} has something to do next; Infinity if never. */
  nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { deadline } of this.#timed) next = Math.min(next, deadline)
    return next
  }

  /** Says something new of this node: other addresses, or that it leaves. */
  announce(change: Partial<Pick<Announcement, 'addresses' | 'state'>>, now: number): Effects {
    const effects = noEffects()
    this.#speak({ ...change, incarnation: this.#own.announcement.incarnation + 1 }, now, effects)
    return effects
  }

  /**
   * Takes updates that a peer sent. A rumour that a member is AWAY only makes it SUSPECT while we are connected with it: the
   * rumour may be old, out of the buffers of a link that was cut, and our own probes settle it soon. With `spread: false`
   * updates are kept but not passed on: a newcomer learns what all others know.
   */
  receive(updates: Updates, now: number, { spread = true } = {}): Effects {
    const rumours = updates.rumours.map((rumour) => (this.#init.isConnected(rumour.peer) ? this.#softened(rumour) : rumour))
    return this.#take({ ...updates, rumours }, now, spread)
  }

  /**
   * Takes a page of another's table. What it holds to be AWAY and we do not becomes SUSPECT only: it may be the far side of
   * a partition that just healed, and the member must have its time to refute (memberlist `mergeState`).
   */
  merge(page: Updates, now: number, { spread = true } = {}): Effects {
    return this.#take({ ...page, rumours: page.rumours.map((rumour) => this.#softened(rumour)) }, now, spread)
  }

  /** Whether an announcement says anything new, checked in full. MALFORMED, INVALID, WRONG_NETWORK, FORGED_MEMBER. */
  isNews(signed: SignedAnnouncement): boolean {
    const announcement = readAnnouncement(signed, this.#init.network)
    checkSignature(announcement, signed, this.#init.verifier)
    return this.#isNews(announcement)
  }

  /** This node's own verdict on a member, on the epoch and incarnation that it holds. No effect on one unknown, or worse already. */
  judge(peer: PeerId, state: 'SUSPECT' | 'AWAY', now: number): Effects {
    const effects = noEffects()
    const entry = this.#entries.get(peer)
    if (entry !== undefined && entry !== this.#own) this.#takeRumour(rumourOf(entry, state, this.self), now, true, effects)
    return effects
  }

  /** Ends what has run out: SUSPECT becomes AWAY, AWAY becomes GONE. */
  tick(now: number): Effects {
    const effects = noEffects()
    for (const entry of [...this.#timed]) {
      if (entry.deadline > now) continue
      if (entry.member.state === 'SUSPECT') this.#takeRumour(rumourOf(entry, 'AWAY', this.self), now, true, effects)
      else this.#erase(entry, now, effects)
    }
    return effects
  }

  /** Puts off all suspicions by the time during which this node stood still: a refutation may wait in its sockets. */
  slept(durationMs: number): void {
    for (const entry of this.#timed) if (entry.member.state === 'SUSPECT') entry.deadline += durationMs
  }

  /** What to tell `to` beside the message at hand: first what is held against itself (Lifeguard's buddy system), then the news. */
  piggyback(to?: PeerId): Updates {
    const verdict = to === undefined ? [] : this.verdictOn(to)
    const sentMax = this.#init.options.retransmitMultiplier * Math.ceil(Math.log10(this.#entries.size + 1))
    const news = this.#queue.take({ ...piggybackMax, count: piggybackMax.count - verdict.length }, sentMax)
    return {
      announcements: news.flatMap((update) => ('announcement' in update ? [update.announcement] : [])),
      rumours: [...verdict, ...news.flatMap((update) => ('rumour' in update ? [update.rumour] : []))]
    }
  }

  /** What is held against a member, as the rumour that lets it refute; nothing against one ALIVE or unknown. */
  verdictOn(peer: PeerId): Rumour[] {
    const entry = this.#entries.get(peer)
    const state = entry?.member.state
    if (entry !== undefined) return state === 'SUSPECT' || state === 'AWAY' ? [rumourOf(entry, state, entry.by)] : []
    const gone = this.#gone.get(peer)
    return gone === undefined ? [] : [{ peer, epoch: gone.epoch, incarnation: gone.incarnation, state: 'AWAY', by: this.self }]
  }

  /** The part of the table after peer id `after`, with the verdicts of others. */
  page(after: string): TablePage {
    const announcements: SignedAnnouncement[] = []
    const rumours: Rumour[] = []
    let bytes = 0
    let last = after
    for (const entry of this.#table()) {
      if (entry.member.peer <= after) continue
      if (bytes >= pageBytes) return { announcements, rumours, next: last }
      bytes += announcementBytes(entry.signed) + rumourBytes
      announcements.push(entry.signed)
      const { state } = entry.member
      if (state === 'SUSPECT' || (state === 'AWAY' && hasCrashed(entry))) rumours.push(rumourOf(entry, state, entry.by))
      last = entry.member.peer
    }
    return { announcements, rumours, next: undefined }
  }

  #table(): readonly Entry[] {
    this.#sorted ??= [...this.#entries.values()].sort((a, b) => compareText(a.member.peer, b.member.peer))
    return this.#sorted
  }

  #take({ announcements, rumours }: Updates, now: number, spread: boolean): Effects {
    const effects = noEffects()
    for (const signed of announcements) this.#takeAnnouncement(signed, now, spread, effects)
    for (const rumour of rumours) this.#takeRumour(rumour, now, spread, effects)
    return effects
  }

  #softened(rumour: Rumour): Rumour {
    const state = this.#entries.get(rumour.peer as PeerId)?.member.state
    return rumour.state === 'AWAY' && (state === 'ALIVE' || state === 'SUSPECT') ? { ...rumour, state: 'SUSPECT' } : rumour
  }

  #takeAnnouncement(signed: SignedAnnouncement, now: number, spread: boolean, effects: Effects): void {
    try {
      const announcement = readAnnouncement(signed, this.#init.network)
      if (!this.#isNews(announcement)) {
        this.#contest(announcement)
        return
      }
      // After the comparison: a table of a thousand members that all are known costs no signature check.
      checkSignature(announcement, signed, this.#init.verifier)
      if (announcement.peer === this.self) this.#outbid(announcement, now, effects)
      else this.#store(announcement, signed, now, spread, effects)
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      effects.rejected.push(error)
    }
  }

  #isNews(announcement: Announcement): boolean {
    const { peer } = announcement
    const held = this.#entries.get(peer)
    if (held !== undefined) return compareVersion(announcement, versionOf(held)) > 0
    const gone = this.#gone.get(peer)
    return gone === undefined || compareVersion(announcement, gone) > 0
  }

  /** Somebody holds as a member what we erased without its word: if it lives it will hear of this, and refute. */
  #contest({ peer, epoch, incarnation, state }: Announcement): void {
    const gone = this.#gone.get(peer)
    if (state !== 'ALIVE' || gone?.epoch !== epoch || gone.incarnation !== incarnation || this.#entries.has(peer)) return
    this.#queueRumour({ peer, epoch, incarnation, state: 'SUSPECT', by: this.self })
  }

  /** Somebody holds a later word of ours than we do: our start counter was lost, so we go on from there. */
  #outbid(announcement: Announcement, now: number, effects: Effects): void {
    effects.refuted = true
    this.#speak({ epoch: announcement.epoch, incarnation: announcement.incarnation + 1 }, now, effects)
  }

  #store(announcement: Announcement, signed: SignedAnnouncement, now: number, spread: boolean, effects: Effects): void {
    const { peer } = announcement
    const held = this.#entries.get(peer)
    const full = this.#entries.size > membersMax && held === undefined && announcement.state !== 'GONE'
    if (full) throw new CloudError('MEMBERS_FULL', { max: membersMax })
    const entry = held ?? createEntry(announcement, signed, now)
    const before = held?.member
    Object.assign(entry, { announcement, signed, by: peer, suspicion: undefined })
    if (spread) this.#spread(entry)
    if (announcement.state === 'GONE') {
      this.#erase(entry, now, effects)
      return
    }
    this.#entries.set(peer, entry)
    this.#gone.delete(peer)
    const deadline = announcement.state === 'AWAY' ? now + this.#init.options.announcedAwayMs : Number.POSITIVE_INFINITY
    this.#enter(entry, announcement.state, now, deadline)
    this.#changed(before, entry.member, effects)
  }

  #takeRumour(rumour: Rumour, now: number, spread: boolean, effects: Effects): void {
    const entry = this.#entries.get(rumour.peer as PeerId)
    const binds = entry !== undefined && rumour.epoch === entry.announcement.epoch && rumour.incarnation === entry.announcement.incarnation
    if (!binds) return
    if (entry === this.#own) this.#refute(now, effects)
    else if (rumour.state === 'AWAY') this.#sendAway(entry, rumour, now, spread, effects)
    else this.#suspect(entry, rumour, now, spread, effects)
  }

  /** Speaks anew of this node unless it said itself that it leaves. */
  #refute(now: number, effects: Effects): void {
    if (this.#own.announcement.state !== 'ALIVE') return
    effects.refuted = true
    this.health.apply(1)
    this.#speak({ incarnation: this.#own.announcement.incarnation + 1 }, now, effects)
  }

  #suspect(entry: Entry, rumour: Rumour, now: number, spread: boolean, effects: Effects): void {
    const before = entry.member
    if (before.state === 'ALIVE') {
      const bounds = suspicionBounds(this.#init.options, this.#servers())
      entry.suspicion = { bounds, confirmedBy: new Set([rumour.by]) }
      this.#enter(entry, 'SUSPECT', now, now + suspicionMs(bounds, 0))
      entry.by = rumour.by
      this.#changed(before, entry.member, effects)
    } else if (!this.#confirm(entry, rumour.by)) return
    if (spread) this.#queueRumour(rumour)
  }

  /** Whether another member's suspicion counts: it then brings the end of the suspicion nearer. */
  #confirm(entry: Entry, by: string): boolean {
    const { suspicion } = entry
    if (suspicion === undefined || suspicion.confirmedBy.has(by)) return false
    if (suspicion.confirmedBy.size > suspicion.bounds.confirmationsWanted) return false
    const before = suspicionMs(suspicion.bounds, suspicion.confirmedBy.size - 1)
    suspicion.confirmedBy.add(by)
    entry.deadline -= before - suspicionMs(suspicion.bounds, suspicion.confirmedBy.size - 1)
    return true
  }

  #sendAway(entry: Entry, rumour: Rumour, now: number, spread: boolean, effects: Effects): void {
    const before = entry.member
    if (severity[before.state] >= severity.AWAY) return
    entry.suspicion = undefined
    entry.by = rumour.by
    this.#enter(entry, 'AWAY', now, now + this.#init.options.crashAwayMs)
    this.#changed(before, entry.member, effects)
    if (spread) this.#queueRumour(rumour)
  }

  #erase(entry: Entry, now: number, effects: Effects): void {
    const before = this.#entries.get(entry.member.peer)?.member
    this.#entries.delete(entry.member.peer)
    this.#timed.delete(entry)
    this.#gone.remember(entry.member.peer, { ...versionOf(entry), state: 'GONE', crashed: entry.announcement.state === 'ALIVE' })
    if (before !== undefined) this.#changed(before, memberOf(entry.announcement, 'GONE', now), effects)
  }

  #enter(entry: Entry, state: MemberState, now: number, deadline: number): void {
    const since = entry.member.state === state && this.#entries.has(entry.member.peer) ? entry.member.sinceMs : now
    entry.member = memberOf(entry.announcement, state, since)
    entry.deadline = deadline
    if (deadline === Number.POSITIVE_INFINITY) this.#timed.delete(entry)
    else this.#timed.add(entry)
  }

  #speak(change: Partial<Announcement>, now: number, effects: Effects): void {
    const before = this.#own.member
    Object.assign(this.#own, this.#ownEntry({ ...this.#own.announcement, ...change }, now))
    this.#spread(this.#own)
    this.#changed(before, this.#own.member, effects)
  }

  #ownEntry(announcement: Announcement, now: number): Entry {
    return createEntry(announcement, sealAnnouncement(announcement, this.#init.signer), now)
  }

  #changed(before: Member | undefined, member: Member, effects: Effects): void {
    this.#version++
    this.#sorted = undefined
    effects.changes.push({ peer: member.peer, from: before?.state, to: member.state, member })
  }

  /** Queues the entry's announcement, which makes rumours about earlier ones worthless. */
  #spread({ announcement: { peer }, signed }: Entry): void {
    this.#queue.drop(`rumour ${peer}`)
    this.#queue.put(`announcement ${peer}`, { announcement: signed }, announcementBytes(signed))
  }

  #queueRumour(rumour: Rumour): void {
    this.#queue.put(`rumour ${rumour.peer}`, { rumour }, rumourBytes)
  }

  /** Members that answer or may answer, this node among them. */
  #servers(): number {
    return this.#table().filter(({ member }) => member.state === 'ALIVE' || member.state === 'SUSPECT').length
  }
}

function noEffects(): Effects {
  return { changes: [], rejected: [], refuted: false }
}

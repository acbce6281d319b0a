import { CloudError, equalBytes, type PeerId } from '@cloudpeer/core'
import { Absences } from './absences.ts'
import {
  type Announcement,
  checkSignature,
  type Rumour,
  readAnnouncement,
  type SignedAnnouncement,
  sealAnnouncement,
  shareAnnouncement,
  type Updates
} from './announcement.ts'
import { type Effects, noEffects } from './effects.ts'
import { contradicts, createEntry, type Entry, hasCrashed, memberOf, rumourOf, versionOf } from './entry.ts'
import { GoneMemory } from './gone-memory.ts'
import { Health } from './health.ts'
import { type Member, type MemberState, requireRoom } from './member.ts'
import { MemberTable } from './member-table.ts'
import type { MembershipInit } from './membership-init.ts'
import { News } from './news.ts'
import type { ServerChanges } from './server-changes.ts'
import { suspicionBounds, suspicionMs } from './suspicion.ts'
import { pageAfter, type TablePage } from './table-page.ts'
import { compareVersion, severity } from './version.ts'

/** How often one start of a node goes on with a later epoch because others know one. */
const outbidsMax = 16
/** How often shows that another process does the same: what a lost memory meets are a few old words, each outbid once. */
const outbidsContested = 8

/** How an update is passed on: with messages for its sake, with those that are sent anyway, or not. */
type Spread = 'at once' | 'along' | 'not'

/**
 * What one node believes of all members (SWIM: Das, Gupta and Motivala, 2002). A function of its events: it reads no
 * clock and sends nothing; `now` comes with each event, and what is to be sent is asked for.
 */
export class MembershipState {
  readonly self: PeerId
  readonly health: Health
  readonly #init: MembershipInit
  readonly #table: MemberTable
  readonly #gone = new GoneMemory()
  readonly #absences = new Absences()
  readonly #news = new News()
  #own: Entry
  #outbids = 0
  #version = 0

  constructor(init: MembershipInit, now: number) {
    this.self = init.signer.self
    this.health = new Health(init.options.healthMax)
    this.#init = init
    this.#table = new MemberTable(this.self)
    const { network, epoch, start, labels } = init
    const first = { network, peer: this.self, epoch, incarnation: 0, start, addresses: [], labels: { ...labels }, state: 'ALIVE' as const }
    this.#own = this.#ownEntry(first, now)
    this.#table.put(this.#own)
    this.#news.announce(this.self, this.#own.signed)
  }

  /** Grows with each change of the table. */
  get version(): number {
    return this.#version
  }

  /** Whether there is anything left to spread for which it is worth to send messages. */
  get spreading(): boolean {
    return this.#news.urgent
  }

  /** Whether another process speaks as this node, and both have gone on to later epochs again and again. */
  get isContested(): boolean {
    return this.#outbids >= outbidsContested
  }

  /** What this node says of itself now. */
  get announcement(): SignedAnnouncement {
    return this.#own.signed
  }

  /** How many members of any state there are, this node among them. */
  get size(): number {
    return this.#table.size
  }

  /** Members ALIVE or SUSPECT but this node, in no particular order; it changes with the table. */
  get liveOthers(): readonly PeerId[] {
    return this.#table.liveOthers
  }

  /** How many members are ALIVE or SUSPECT, this node among them. */
  get live(): number {
    return this.#table.live
  }

  /** How the members that are ALIVE or SUSPECT changed. */
  get serverChanges(): ServerChanges {
    return this.#table.serverChanges
  }

  /** Members of any state, this node among them, by peer id. */
  members(): Member[] {
    return this.#table.ordered.map(({ member }) => member)
  }

  member(peer: PeerId): Member | undefined {
    return this.#table.get(peer)?.member
  }

  /** Peers that went without a word: members AWAY by a crash, and such as were erased since. A partition looks the same. */
  lost(): PeerId[] {
    const away = [...this.#table.timed].filter(hasCrashed)
    return [...away.map(({ member }) => member.peer), ...this.#gone.crashed()]
  }

  /** When {@link tick} has something to do next; Infinity if never. */
  nextDeadline(): number {
    return this.#table.nextDeadline
  }

  /** Says something new of this node: other addresses, or that it leaves, or will. */
  announce(change: Partial<Pick<Announcement, 'addresses' | 'state' | 'draining'>>, now: number): Effects {
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
    return this.#take(updates, now, spread ? 'at once' : 'not')
  }

  /**
   * Takes an announcement that all who follow the network's topic are told: it rides on messages that are sent anyway, for those whom
   * the topic does not reach, and is worth none of its own.
   */
  hear(signed: SignedAnnouncement, now: number): Effects {
    return this.#take({ announcements: [signed], rumours: [] }, now, 'along')
  }

  /**
   * Takes a page of another's table. What it holds to be AWAY and we do not becomes SUSPECT only: it may be the far side of
   * a partition that just healed, and the member must have its time to refute (memberlist `mergeState`).
   */
  merge(page: Updates, now: number, { spread = true } = {}): Effects {
    return this.#take({ ...page, rumours: page.rumours.map((rumour) => this.#softened(rumour)) }, now, spread ? 'at once' : 'not')
  }

  /**
   * Whether an announcement says anything new, or what this node itself still tells others, checked in full: what has come by another way
   * before must not end where it is. MALFORMED, INVALID, WRONG_NETWORK, FORGED_MEMBER.
   */
  isNews(signed: SignedAnnouncement): boolean {
    const announcement = readAnnouncement(signed, this.#init.network)
    checkSignature(announcement, signed, this.#init.verifier)
    return this.#isNews(announcement) || this.#news.has(announcement.peer, signed)
  }

  /** This node's own verdict on a member, on the epoch and incarnation that it holds. No effect on one unknown, or worse already. */
  judge(peer: PeerId, state: 'SUSPECT' | 'AWAY', now: number): Effects {
    const effects = noEffects()
    const entry = this.#table.get(peer)
    if (entry !== undefined && entry !== this.#own) this.#takeRumour(rumourOf(entry, state, this.self), now, true, effects)
    return effects
  }

  /** Ends what has run out: SUSPECT becomes AWAY, AWAY becomes GONE. */
  tick(now: number): Effects {
    const effects = noEffects()
    if (now < this.#table.nextDeadline) return effects
    for (const entry of [...this.#table.timed]) {
      if (entry.deadline > now) continue
      if (entry.member.state === 'SUSPECT') this.#takeRumour(rumourOf(entry, 'AWAY', this.self), now, true, effects)
      else this.#erase(entry, now, effects)
    }
    return effects
  }

  /** Puts off all suspicions by the time during which this node stood still: a refutation may wait in its sockets. */
  slept(durationMs: number): void {
    for (const entry of this.#table.timed) {
      if (entry.member.state !== 'SUSPECT') continue
      entry.deadline += durationMs
      this.#table.put(entry)
    }
  }

  /**
   * What to tell `to` beside the message at hand: first what is held against itself (Lifeguard's buddy system), then the news, but for
   * what it has just told us.
   */
  piggyback(to?: PeerId, told?: Updates): Updates {
    const verdict = to === undefined ? [] : this.verdictOn(to)
    const timesMax = this.#init.options.retransmitMultiplier * Math.ceil(Math.log10(this.#table.size + 1))
    const updates = this.#news.take(verdict, timesMax, told)
    const contested = to === undefined ? undefined : this.#init.words.takeContested(to)
    return contested === undefined ? updates : { ...updates, announcements: [contested, ...updates.announcements] }
  }

  /** What is held against a member, as the rumour that lets it refute, or was while it was AWAY; nothing against one ALIVE or unknown. */
  verdictOn(peer: PeerId): Rumour[] {
    const entry = this.#table.get(peer)
    const state = entry?.member.state
    if (entry !== undefined) return state === 'SUSPECT' || state === 'AWAY' ? [rumourOf(entry, state, entry.by)] : this.#absences.take(peer)
    const gone = this.#gone.get(peer)
    return gone === undefined ? [] : [{ peer, epoch: gone.epoch, incarnation: gone.incarnation, state: 'AWAY', by: this.self }]
  }

  /** The part of the table after peer id `after`, with the verdicts of others. */
  page(after: string): TablePage {
    return pageAfter(this.#table, after)
  }

  #take({ announcements, rumours }: Updates, now: number, spread: Spread): Effects {
    const effects = noEffects()
    for (const signed of announcements) this.#takeAnnouncement(signed, now, spread, effects)
    for (const rumour of rumours) {
      // Not before the announcements, which may tell of the member first.
      const taken = this.#init.isConnected(rumour.peer) ? this.#softened(rumour) : rumour
      this.#takeRumour(taken, now, spread !== 'not', effects)
    }
    return effects
  }

  #softened(rumour: Rumour): Rumour {
    if (rumour.peer === this.self) return rumour
    const state = this.#table.get(rumour.peer as PeerId)?.member.state
    return rumour.state === 'AWAY' && (state === 'ALIVE' || state === 'SUSPECT') ? { ...rumour, state: 'SUSPECT' } : rumour
  }

  #takeAnnouncement(signed: SignedAnnouncement, now: number, spread: Spread, effects: Effects): void {
    try {
      const announcement = readAnnouncement(signed, this.#init.network)
      if (announcement.peer === this.self) {
        this.#outbid(announcement, signed, now, effects)
        return
      }
      if (!this.#isNews(announcement)) {
        this.#contest(announcement)
        return
      }
      // After the comparison: a table of a thousand members that all are known costs no signature check.
      checkSignature(announcement, signed, this.#init.verifier)
      this.#store(announcement, shareAnnouncement(announcement, signed), now, spread, effects)
      this.#init.words.keep(announcement, signed)
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      effects.rejected.push(error)
    }
  }

  #isNews(announcement: Announcement): boolean {
    const { peer } = announcement
    const held = this.#table.get(peer)
    if (held !== undefined) return !contradicts(announcement, held) && compareVersion(announcement, versionOf(held)) > 0
    const gone = this.#gone.get(peer)
    return (gone === undefined || compareVersion(announcement, gone) > 0) && this.#init.words.against(announcement) === undefined
  }

  /**
   * Somebody holds as a member what we erased without its word: if it lives it will hear of this, and refute. Or a member that has lost
   * its start counter speaks under an epoch that an earlier start has used: it will hear of that one, and take another.
   */
  #contest(announcement: Announcement): void {
    const { peer, epoch, incarnation, state } = announcement
    const held = this.#table.get(peer)
    if (held !== undefined && contradicts(announcement, held)) this.#news.announce(peer, held.signed)
    const gone = this.#gone.get(peer)
    if (state !== 'ALIVE' || gone?.epoch !== epoch || gone.incarnation !== incarnation || this.#table.has(peer)) return
    this.#news.accuse({ peer, epoch, incarnation, state: 'SUSPECT', by: this.self })
  }

  /**
   * Somebody holds a word of ours that this start never spoke, of this epoch or a later one: our start counter was lost, so we go
   * on with an epoch that nobody has seen. Where two processes use one key this would never end, but for its bound.
   */
  #outbid(announcement: Announcement, signed: SignedAnnouncement, now: number, effects: Effects): void {
    if (announcement.epoch < this.#own.announcement.epoch || equalBytes(announcement.start, this.#init.start)) return
    checkSignature(announcement, signed, this.#init.verifier)
    if (this.#outbids === outbidsMax) throw new CloudError('IDENTITY_IN_USE', { peer: this.self })
    this.#outbids++
    effects.refuted = true
    this.#speak({ epoch: announcement.epoch + 1, incarnation: 0 }, now, effects)
  }

  #store(announcement: Announcement, signed: SignedAnnouncement, now: number, spread: Spread, effects: Effects): void {
    const { peer } = announcement
    const held = this.#table.get(peer)
    if (held === undefined && announcement.state !== 'GONE') requireRoom(this.#table.size, this.#init.options.membersMax)
    const entry = held ?? createEntry(announcement, signed, now)
    const before = held?.member
    this.#noteReturn(announcement, held)
    Object.assign(entry, { announcement, signed, by: peer, suspicion: undefined })
    if (spread !== 'not') this.#news.announce(peer, signed, spread === 'at once')
    if (announcement.state === 'GONE') {
      this.#erase(entry, now, effects)
      return
    }
    this.#gone.delete(peer)
    const deadline = announcement.state === 'AWAY' ? now + this.#init.options.announcedAwayMs : Number.POSITIVE_INFINITY
    this.#enter(entry, announcement.state, now, deadline)
    this.#changed(before, entry.member, effects)
  }

  /** One that crashed, as it seemed, speaks again. */
  #noteReturn({ peer, epoch, state }: Announcement, held: Entry | undefined): void {
    const last = held === undefined ? this.#gone.get(peer) : hasCrashed(held) ? versionOf(held) : undefined
    if (state !== 'ALIVE' || last === undefined || last.epoch !== epoch) return
    this.#absences.note({ peer, epoch, incarnation: last.incarnation, state: 'AWAY', by: this.self })
  }

  #takeRumour(rumour: Rumour, now: number, spread: boolean, effects: Effects): void {
    const entry = this.#table.get(rumour.peer as PeerId)
    if (entry === this.#own && this.#absences.hear(rumour, entry.announcement)) effects.wasAway = true
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
      const bounds = suspicionBounds(this.#init.options, this.#table.live)
      entry.suspicion = { bounds, confirmedBy: new Set([rumour.by]) }
      this.#enter(entry, 'SUSPECT', now, now + suspicionMs(bounds, 0))
      entry.by = rumour.by
      this.#changed(before, entry.member, effects)
    } else if (!this.#confirm(entry, rumour.by)) return
    if (spread) this.#news.accuse(rumour)
  }

  /** Whether another member's suspicion counts: it then brings the end of the suspicion nearer. */
  #confirm(entry: Entry, by: string): boolean {
    const { suspicion } = entry
    if (suspicion === undefined || suspicion.confirmedBy.has(by)) return false
    if (suspicion.confirmedBy.size > suspicion.bounds.confirmationsWanted) return false
    const before = suspicionMs(suspicion.bounds, suspicion.confirmedBy.size - 1)
    suspicion.confirmedBy.add(by)
    entry.deadline -= before - suspicionMs(suspicion.bounds, suspicion.confirmedBy.size - 1)
    this.#table.put(entry)
    return true
  }

  #sendAway(entry: Entry, rumour: Rumour, now: number, spread: boolean, effects: Effects): void {
    const before = entry.member
    if (severity[before.state] >= severity.AWAY) return
    entry.suspicion = undefined
    entry.by = rumour.by
    this.#enter(entry, 'AWAY', now, now + this.#init.options.crashAwayMs)
    this.#changed(before, entry.member, effects)
    // Whoever suspects it as well comes to the same end by itself, at nearly the same time.
    if (spread) this.#news.accuse(rumour, before.state === 'ALIVE')
  }

  #erase(entry: Entry, now: number, effects: Effects): void {
    const before = this.#table.get(entry.member.peer)?.member
    this.#table.delete(entry)
    this.#gone.remember(entry.member.peer, { ...versionOf(entry), state: 'GONE', crashed: entry.announcement.state === 'ALIVE' })
    if (before !== undefined) this.#changed(before, memberOf(entry.announcement, 'GONE', now), effects)
  }

  #enter(entry: Entry, state: MemberState, now: number, deadline: number): void {
    const since = entry.member.state === state && this.#table.has(entry.member.peer) ? entry.member.sinceMs : now
    entry.member = memberOf(entry.announcement, state, since)
    entry.deadline = deadline
    this.#table.put(entry)
  }

  #speak(change: Partial<Announcement>, now: number, effects: Effects): void {
    const before = this.#own.member
    Object.assign(this.#own, this.#ownEntry({ ...this.#own.announcement, ...change }, now))
    this.#table.put(this.#own)
    this.#news.announce(this.self, this.#own.signed)
    this.#changed(before, this.#own.member, effects)
  }

  #ownEntry(announcement: Announcement, now: number): Entry {
    return createEntry(announcement, shareAnnouncement(announcement, sealAnnouncement(announcement, this.#init.signer)), now)
  }

  #changed(before: Member | undefined, member: Member, effects: Effects): void {
    this.#version++
    effects.changes.push({ peer: member.peer, from: before?.state, to: member.state, member })
  }
}

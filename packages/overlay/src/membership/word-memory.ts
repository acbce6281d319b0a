import { isCloudError, type Log, type PeerId, type Statement, type Store, type StoreFactory } from '@cloudpeer/core'
import type { Verifier } from '@cloudpeer/core/identity'
import { type Announcement, announcedPeer, checkSignature, readAnnouncement, type SignedAnnouncement } from './announcement.ts'
import { isOtherStart } from './entry.ts'
import { membersMax } from './member.ts'

const migrations = ['CREATE TABLE words (peer TEXT PRIMARY KEY, body BLOB NOT NULL, signature BLOB NOT NULL) STRICT, WITHOUT ROWID']

/** What remembering works with. */
export interface WordMemoryParts {
  readonly stores: StoreFactory
  readonly network: string
  readonly verifier: Verifier
  readonly log: Log
}

/**
 * One word of each member's latest start and epoch, on disk. Where everybody was without power, nobody knows any more that a member whose disk was lost
 * meanwhile has used its first epochs before, and copies of its old records would count as new: what is remembered here tells it.
 */
export class WordMemory {
  readonly #words = new Map<PeerId, SignedAnnouncement>()
  readonly #contested = new Map<PeerId, SignedAnnouncement>()
  readonly #parts: WordMemoryParts
  readonly #store: Store
  readonly #put: Statement

  constructor(parts: WordMemoryParts) {
    this.#parts = parts
    this.#store = parts.stores.open('members', migrations)
    this.#put = this.#store.prepare('INSERT OR REPLACE INTO words (peer, body, signature) VALUES (?, ?, ?)')
    for (const { body, signature } of this.#store.prepare('SELECT body, signature FROM words ORDER BY peer').all())
      this.#load({ body: body as Uint8Array, signature: signature as Uint8Array })
  }

  /** An earlier word of the same member that this one must outbid: of another start, in the same epoch or a later one. */
  against(announcement: Announcement): SignedAnnouncement | undefined {
    const word = this.#words.get(announcement.peer)
    if (word === undefined) return undefined
    const remembered = readAnnouncement(word, this.#parts.network)
    if (remembered.epoch < announcement.epoch || !isOtherStart(announcement, remembered)) return undefined
    this.#contested.set(announcement.peer, word)
    return word
  }

  /** The word that a member has to hear, once each time that it was needed: it is the next thing that it is told. */
  takeContested(peer: PeerId): SignedAnnouncement | undefined {
    const word = this.#contested.get(peer)
    this.#contested.delete(peer)
    return word
  }

  /** Remembers what a member says, if it is the first word of a start, or under an epoch. On a full disk it is remembered until this process ends. */
  keep(announcement: Announcement, { body, signature }: SignedAnnouncement): void {
    const { peer } = announcement
    const word = this.#words.get(peer)
    if (word === undefined ? this.#words.size >= membersMax : !this.#isFirst(announcement, word)) return
    this.#words.set(peer, { body, signature })
    try {
      this.#put.run(peer, body, signature)
    } catch (error) {
      if (!isCloudError(error)) throw error
      this.#parts.log.warn('the start of a member was not written down', { peer, code: error.code, ...error.fields })
    }
  }

  close(): void {
    this.#store.close()
  }

  /** A start that has lost its memory goes on under later epochs: of these too the next one must hear. */
  #isFirst(announcement: Announcement, word: SignedAnnouncement): boolean {
    const remembered = readAnnouncement(word, this.#parts.network)
    return isOtherStart(announcement, remembered) || announcement.epoch > remembered.epoch
  }

  /** A disk is believed no more than a peer. */
  #load(word: SignedAnnouncement): void {
    try {
      const announcement = readAnnouncement(word, this.#parts.network)
      checkSignature(announcement, word, this.#parts.verifier)
      this.#words.set(announcement.peer, word)
    } catch (error) {
      if (!isCloudError(error)) throw error
      this.#parts.log.warn('a word of a member on disk is damaged', { peer: announcedPeer(word) ?? '', code: error.code })
    }
  }
}

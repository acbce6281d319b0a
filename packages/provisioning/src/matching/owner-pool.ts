import type { PeerId } from '@cloudpeer/core'
import { compareWords, type Debit, type OfferedCapacity, type OwnerView, type Word } from './owner-view.ts'
import { hasMore, without } from './room.ts'
import { Shares } from './shares.ts'

type Entry = { -readonly [K in keyof OwnerView]: OwnerView[K] } & { readonly debits: Set<Debit> }

/** The owners that a matcher knows, with what proposals on their way count on taken off, and which of them have gained room. */
export class OwnerPool {
  readonly shares = new Shares()
  readonly #owners = new Map<PeerId, Entry>()
  /** The same, in an order in which one can start anywhere. */
  #list: readonly OwnerView[] | undefined
  #gained = new Set<PeerId>()
  /** Grows whenever what owners have in all has changed, or which there are. */
  #version = 0

  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#owners.size
  }

  get(owner: PeerId): OwnerView | undefined {
    return this.#owners.get(owner)
  }

  list(): readonly OwnerView[] {
    this.#list ??= [...this.#owners.values()]
    return this.#list
  }

  /** Takes an offer, if the owner said nothing later. */
  offer(offer: OfferedCapacity, now: number): void {
    const { owner, attributes, total, leases, epoch, seq, state, free } = offer
    const known = this.#owners.get(owner)
    if (known !== undefined && compareWords(offer, known.word) < 0) return
    const facts = { owner, attributes, total, leases, toldAt: now, word: { epoch, seq, state, free } }
    if (known === undefined) this.#add({ ...facts, free, debits: new Set() })
    else this.#renew(known, facts)
  }

  /** Forgets an owner and all that was counted on. */
  remove(owner: PeerId): void {
    const entry = this.#owners.get(owner)
    if (entry === undefined) return
    this.#count(entry, -1)
    this.#owners.delete(owner)
    this.#gained.delete(owner)
    this.#list = undefined
    this.#version++
  }

  /** Counts on capacity of an owner. */
  take(owner: PeerId, debit: Debit): void {
    const entry = this.#owners.get(owner)
    if (entry === undefined) return
    entry.debits.add(debit)
    entry.free = without(entry.free, debit.allocation)
    this.shares.use(debit.requester, debit.allocation, 1)
  }

  /** Takes an owner's answer: what it holds since its word, and what is counted on no more. */
  settle(owner: PeerId, word: Word, granted: Iterable<Debit>, refused: Iterable<Debit>): void {
    const entry = this.#owners.get(owner)
    if (entry === undefined) return
    const before = entry.word.state === 'open' ? entry.free : undefined
    for (const debit of granted) debit.granted = { epoch: word.epoch, seq: word.seq }
    for (const debit of refused) this.#release(entry, debit)
    if (compareWords(word, entry.word) >= 0) entry.word = word
    this.#review(entry, before)
  }

  /** Counts on it no more, without a word of the owner. */
  giveBack(owner: PeerId, debit: Debit): void {
    const entry = this.#owners.get(owner)
    if (entry === undefined || !entry.debits.has(debit)) return
    this.#release(entry, debit)
    this.#review(entry, entry.free)
  }

  /** Says that an owner may be of use again. */
  touch(owner: PeerId): void {
    if (this.#owners.has(owner)) this.#gained.add(owner)
  }

  /** Whether any owner has gained room since they were taken last. */
  get hasGained(): boolean {
    return this.#gained.size > 0
  }

  /** The owners that have gained room since this was asked last. */
  takeGained(): readonly OwnerView[] {
    const gained = [...this.#gained].flatMap((owner) => this.#owners.get(owner) ?? [])
    this.#gained = new Set()
    return gained.filter(({ word }) => word.state === 'open')
  }

  #release(entry: Entry, debit: Debit): void {
    if (entry.debits.delete(debit)) this.shares.use(debit.requester, debit.allocation, -1)
  }

  #add(entry: Entry): void {
    this.#owners.set(entry.owner, entry)
    this.#list = undefined
    this.#version++
    this.#count(entry, 1)
    this.#gained.add(entry.owner)
  }

  /** What proposals count on that the offer tells of itself is counted on no more. */
  #renew(entry: Entry, facts: Omit<Entry, 'free' | 'debits'>): void {
    const isSame = isSameMachine(entry, facts)
    const before = isSame && entry.word.state === 'open' ? entry.free : undefined
    if (!isSame) this.#version++
    this.#count(entry, -1)
    Object.assign(entry, facts)
    for (const debit of entry.debits) {
      if (debit.granted !== undefined && compareWords(debit.granted, facts.word) <= 0) entry.debits.delete(debit)
    }
    this.#count(entry, 1)
    this.#review(entry, before)
  }

  /** Works out anew what is free; the owner has gained room if there is more of anything than `before`. */
  #review(entry: Entry, before: OwnerView['free'] | undefined): void {
    entry.free = entry.word.free
    for (const { allocation, granted } of entry.debits) {
      if (granted === undefined || compareWords(granted, entry.word) > 0) entry.free = without(entry.free, allocation)
    }
    if (before === undefined || hasMore(entry.free, before)) this.#gained.add(entry.owner)
  }

  #count({ total, leases, debits }: Entry, sign: 1 | -1): void {
    this.shares.count(total, sign)
    for (const { requester, allocation } of leases) this.shares.use(requester, allocation, sign)
    for (const { requester, allocation } of debits) this.shares.use(requester, allocation, sign)
  }
}

/** Whether two offers are of one machine, by its size and its attributes. */
function isSameMachine(a: Pick<OwnerView, 'total' | 'attributes'>, b: Pick<OwnerView, 'total' | 'attributes'>): boolean {
  return JSON.stringify([a.total, a.attributes]) === JSON.stringify([b.total, b.attributes])
}

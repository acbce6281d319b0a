import type { PeerId } from '@cloudpeer/core'
import type { Allocation, Attributes, Capacity } from '@cloudpeer/model'

/** What an owner said last: by its offer, or by an answer. */
export interface Word {
  readonly epoch: number
  readonly seq: number
  readonly state: 'open' | 'closed'
  readonly free: Capacity
}

/** What an owner's offer says besides. */
export interface OfferedCapacity extends Word {
  readonly owner: PeerId
  readonly attributes: Attributes
  readonly total: Capacity
  readonly leases: readonly LeaseEnd[]
}

/** Who has something of an owner, and for how long still, in ms, if that is known. */
export interface LeaseEnd {
  readonly requester: PeerId
  readonly allocation: Allocation
  readonly leftMs?: number
}

/** Capacity that a proposal counts on, until the owner's own word takes its place. */
export interface Debit {
  readonly requester: PeerId
  readonly allocation: Allocation
  /** When it ends by the estimate, on the matcher's clock. */
  readonly endsAt: number
  /** The owner's word that holds it already; undefined while the owner has not answered. */
  granted?: Pick<Word, 'epoch' | 'seq'>
}

/** A lease of an owner, and when it ends by the estimate, on the matcher's clock; infinite where there is none. */
export interface Ending {
  readonly allocation: Allocation
  readonly endsAt: number
}

/** An owner as a matcher sees it. */
export interface OwnerView {
  readonly owner: PeerId
  readonly attributes: Attributes
  readonly total: Capacity
  readonly leases: readonly LeaseEnd[]
  /** When the leases were told, on the matcher's clock. */
  readonly toldAt: number
  readonly word: Word
  /** What the owner said that is free, without what proposals on their way count on. */
  readonly free: Capacity
  readonly debits: ReadonlySet<Debit>
}

/** Positive if `a` is the later word of an owner. */
export function compareWords(a: Pick<Word, 'epoch' | 'seq'>, b: Pick<Word, 'epoch' | 'seq'>): number {
  return a.epoch - b.epoch || a.seq - b.seq
}

/** All that is taken of an owner, those that end first before others. */
export function endingsOf({ leases, toldAt, debits }: OwnerView): readonly Ending[] {
  const known = leases.map(({ allocation, leftMs = Number.POSITIVE_INFINITY }) => ({ allocation, endsAt: toldAt + leftMs }))
  return [...known, ...debits].sort((a, b) => a.endsAt - b.endsAt)
}

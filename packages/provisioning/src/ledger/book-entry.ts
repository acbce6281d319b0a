import type { PeerId } from '@cloudpeer/core'
import type { Allocation } from '@cloudpeer/model'
import type { Fence } from '../documents/lease.ts'

/** What the owner knows of one lease that outlives a restart. */
export interface BookRow {
  readonly fence: Fence
  readonly requester: PeerId
  /** The request's id, and which of its units this is. */
  readonly request: string
  readonly unit: number
  readonly allocation: Allocation
  /** Whether it is one of a gang's, which older gangs may take while it is held. */
  readonly gang: boolean
  /** How long the requester wants it, in ms. */
  readonly durationMs?: number
  /** How long it lasts from its confirmation, and from each renewal, in ms; absent in rows of before that was written. */
  readonly ttlMs?: number
  /** `ending` while its work is being stopped: it is nobody's any more, and what it has is not free yet. */
  readonly state: 'held' | 'active' | 'ending'
  /** When its owner called it back, in ms since 1970 by the owner's wall clock: it lasts to its end, and is not renewed. */
  readonly recalledAt?: number
}

/** One lease in the owner's book, with its times in ms on the owner's clock. It never changes: another takes its place. */
export interface BookEntry extends BookRow {
  readonly ttlMs: number
  /** When it ends unless it is confirmed or renewed. */
  readonly endsAt: number
  /** Of a hold: when its request began to wait. Of an active lease: when it became active, or was found after a restart. */
  readonly since: number
  /** Of a hold: whether it was found after a restart. Where the disk was put back to an older image it may have been confirmed since. */
  readonly mayBeActive?: boolean
}

/** Whether it is the lease of its unit, rather than one that another may replace. */
export function isOfItsUnit({ state, recalledAt }: Pick<BookRow, 'state' | 'recalledAt'>): boolean {
  return state !== 'ending' && recalledAt === undefined
}

/** The name of the unit of a request: of each there is one lease at most. */
export function unitKey({ requester, request, unit }: Pick<BookRow, 'requester' | 'request' | 'unit'>): string {
  return `${requester}/${request}/${unit}`
}

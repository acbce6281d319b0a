import type { Lease } from '../documents/lease.ts'
import type { Verified } from '../documents/signed-document.ts'

/** How far one unit of a request is. All times are of the requester's own monotonic clock, in ms. */
export type Unit =
  | { readonly state: 'wanted' }
  | HeldUnit
  | ConfirmingUnit
  | ActiveUnit
  | RecalledUnit
  /** Released, over, or given up: it is never wanted again. */
  | { readonly state: 'done' }

/** An owner keeps capacity for it. */
export interface HeldUnit {
  readonly state: 'held'
  readonly lease: Verified<Lease>
  /** By when it should be confirmed, with time to get there. */
  readonly untilMs: number
  /** What it is to replace, if anything. */
  readonly former?: RecalledUnit
}

/**
 * Its owner is asked whether the lease is active: by a confirmation of a lease that is held, by a renewal of one that is active already,
 * as after a restart. Nothing is believed until the answer.
 */
export interface ConfirmingUnit {
  readonly state: 'confirming'
  readonly lease: Verified<Lease>
  /** When to ask, or ask again; and when to give up. */
  readonly askMs: number
  readonly untilMs: number
  /** How long the lease is wanted from when it is active; infinite for ever. */
  readonly wantedMs: number
  /** What it is to replace, if anything. */
  readonly former?: RecalledUnit
}

/** The requester may rely on it. */
export interface ActiveUnit {
  readonly state: 'active'
  readonly lease: Verified<Lease>
  /** When to renew it. */
  readonly askMs: number
  /** Until when it surely lasts, unless it is renewed. */
  readonly untilMs: number
  /** When it is to be released; infinite for never. */
  readonly endsMs: number
}

/** Its owner has called the lease back: the requester may rely on it to its end, and wants another one. */
export interface RecalledUnit {
  readonly state: 'recalled'
  readonly lease: Verified<Lease>
  /** Until when it surely lasts. */
  readonly untilMs: number
  /** When it is to be released; infinite for never. */
  readonly endsMs: number
  /** When this was heard. */
  readonly sinceMs: number
}

/** A unit with a lease. */
export type LeasedUnit = HeldUnit | ConfirmingUnit | ActiveUnit | RecalledUnit

/** Whether a unit has a lease. */
export function isLeased(unit: Unit): unit is LeasedUnit {
  return unit.state !== 'wanted' && unit.state !== 'done'
}

/** The lease that a unit's own is to replace; undefined for most. */
export function formerOf(unit: LeasedUnit): RecalledUnit | undefined {
  return unit.state === 'held' || unit.state === 'confirming' ? unit.former : undefined
}

/** What may be said of a unit's lease: one that was active before a restart is `unverified` until its owner has spoken. */
export function leaseStateOf({ state, lease }: LeasedUnit): 'held' | 'unverified' | 'active' | 'recalled' {
  if (state === 'active' || state === 'recalled') return state
  return lease.document.state === 'active' ? 'unverified' : 'held'
}

/** Whether a unit is on disk: one that is wanted is not, nor is what is only held, which its owner frees. */
export function isWritten(unit: Unit): unit is Exclude<Unit, HeldUnit | { readonly state: 'wanted' }> {
  return unit.state !== 'wanted' && unit.state !== 'held'
}

/** When time changes the unit, or something is to be asked for it. */
export function nextMsOf(unit: Unit): number {
  switch (unit.state) {
    case 'held':
      return Math.min(unit.untilMs, formerMsOf(unit))
    case 'confirming':
      return Math.min(unit.askMs, unit.untilMs, formerMsOf(unit))
    case 'active':
      return Math.min(unit.askMs, unit.untilMs, unit.endsMs)
    case 'recalled':
      return Math.min(unit.untilMs, unit.endsMs)
    default:
      return Number.POSITIVE_INFINITY
  }
}

function formerMsOf(unit: LeasedUnit): number {
  const former = formerOf(unit)
  return former === undefined ? Number.POSITIVE_INFINITY : nextMsOf(former)
}

import { compareText, type PeerId } from '@cloudpeer/core'
import type { Subject } from '@cloudpeer/model'
import type { VerifiedRecord } from '../record/record.ts'

/** What this node knows of an owner, shared by all of the owner's rows. */
export interface Owner {
  readonly peer: PeerId
  /** Records of this epoch and later are served; infinite while the owner is away or unknown. */
  servedFrom: number
  /** How many rows it has. */
  rows: number
}

/** One copy of a record. */
export interface Row extends VerifiedRecord {
  readonly owner: Owner
  /** When it is forgotten unless the owner refreshes it, in ms on this node's clock. */
  deadlineMs: number
  /**
   * Until when it stands for a version that had attributes which this one has not, in ms on this node's clock: in the shards of these it
   * is like a tombstone, for another replica may still have that version, and give it back.
   */
  readonly supersedesUntilMs: number
}

/** Whether a row may be part of an answer now. */
export function isServed({ record, owner, deadlineMs }: Row, now: number): boolean {
  return !record.deleted && record.epoch >= owner.servedFrom && deadlineMs > now
}

/** How long a copy may still be kept, in whole ms. */
export function leftMs({ deadlineMs }: Row, now: number): number {
  return Math.max(0, Math.round(deadlineMs - now))
}

/** Order by name, then owner. */
export function compareIds(a: Subject, b: Subject): number {
  return compareText(a.name, b.name) || compareText(a.owner, b.owner)
}

/** The text that identifies a service in the whole network. No peer id contains a slash. */
export function recordId({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `${owner}/${name}`
}

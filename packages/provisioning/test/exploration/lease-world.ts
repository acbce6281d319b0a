import type { PeerId } from '@cloudpeer/core'
import type { Fence, Lease } from '../../src/documents/lease.ts'
import type { Verified } from '../../src/documents/signed-document.ts'
import type { BookEntry, BookRow } from '../../src/ledger/book-entry.ts'
import type { BookChanges, BookHeader, BookState } from '../../src/ledger/book-state.ts'
import type { Unit } from '../../src/requester/unit.ts'
import { cpu, peer } from '../ledger/wishes.ts'

/** Times of the owner, in ms: short, so that few steps lead past them. */
export const times = { holdMs: 2_000, leaseMs: 3_000, leasesMax: 4 }
/** How long an owner without a ledger grants nothing, in ms. */
export const quarantineMs = times.holdMs + times.leaseMs

/** The requesters; each wants one unit, and that is all that the owner has. */
export const requesters: readonly PeerId[] = [peer('a'), peer('b')]

/** What is under way. It may come once, twice or never, and after anything that was sent later. */
export type Message =
  | { readonly kind: 'propose'; readonly requester: number }
  | { readonly kind: 'grant'; readonly lease: Lease }
  /** Also a renewal, if the lease was active already. */
  | { readonly kind: 'ask'; readonly lease: Lease; readonly sentMs: number }
  | { readonly kind: 'answer'; readonly lease: Lease; readonly sentMs: number; readonly ok: boolean }
  | { readonly kind: 'release'; readonly lease: Lease }
  /** Told by itself, and in answer to a renewal. */
  | { readonly kind: 'recall'; readonly lease: Lease }

/** What the owner has on its disk. */
export interface Disk {
  readonly header: BookHeader | undefined
  readonly rows: readonly BookRow[]
}

/** The owner: its process, and its disk. */
export interface Owner {
  readonly book: BookState
  readonly epoch: number
  readonly startedMs: number
  readonly disk: Disk
  /** Changes that are not on disk yet, and what may be said once they are. */
  readonly changes: readonly BookChanges[]
  readonly answers: readonly Message[]
}

/** Everything at one moment. It never changes: a step gives another one. */
export interface World {
  readonly nowMs: number
  readonly owner: Owner
  readonly units: readonly (readonly Unit[])[]
  readonly messages: readonly Message[]
  /** The newest fence that was ever told. */
  readonly newest: Fence
  /** Whether the disk was lost: what was granted before is not on it. */
  readonly erasedFor: Fence
  /** How often each of these may still happen. */
  readonly left: Readonly<Record<'proposals' | 'twice' | 'crashes' | 'delays' | 'recalls', number>>
}

/** Before anything has happened. */
export function firstWorld(left: World['left']): World {
  const header = { epoch: 1, seq: 0, draining: false, quarantined: false }
  const book = { header, capacity: { total: cpu(1_000), attributes: {} }, entries: [] }
  return {
    nowMs: 0,
    owner: { book, epoch: 1, startedMs: 0, disk: { header, rows: [] }, changes: [], answers: [] },
    units: requesters.map(() => [{ state: 'wanted' }]),
    messages: [],
    newest: { epoch: 0, seq: 0 },
    erasedFor: { epoch: 0, seq: 0 },
    left
  }
}

/** The lease that the owner would sign now. */
export function leaseFrom(entry: BookEntry, nowMs: number): Lease {
  const { requester, request, unit, allocation, fence, state, endsAt } = entry
  return {
    network: 'net',
    owner: peer('o'),
    requester,
    request,
    unit,
    allocation,
    fence,
    state: state === 'held' ? 'held' : 'active',
    ttlMs: endsAt - nowMs,
    signedAt: 0
  }
}

/** A lease as its requester keeps it; nobody forges here. */
export function verified(document: Lease): Verified<Lease> {
  return { document, signed: [new Uint8Array(), new Uint8Array()] }
}

/** Everything that tells two worlds apart, in little text. */
export function textOf({ nowMs, owner, units, messages, newest, left }: World): string {
  const fence = ({ epoch, seq }: Fence): string => `${epoch}.${seq}`
  const row = ({ fence: of, state, requester, recalledAt }: BookRow): string => `${fence(of)}${state[0]}${requester}${recalledAt ?? ''}`
  const message = (one: Message): string =>
    one.kind === 'propose'
      ? `p${one.requester}`
      : `${one.kind}${fence(one.lease.fence)}${one.lease.state[0]}${one.lease.ttlMs}${'sentMs' in one ? `@${one.sentMs}` : ''}${'ok' in one ? one.ok : ''}`
  const header = (of: BookHeader | undefined): string => (of === undefined ? '-' : `${of.epoch}.${of.seq}.${of.quarantined}`)
  const changes = owner.changes.map(
    ({ replaces, header: changed, rows }) =>
      `${replaces === true}${header(changed)}${[...rows].map(([seq, one]) => `${seq}${one === undefined ? '-' : row(one)}`)}`
  )
  const unit = (one: Unit): string =>
    one.state === 'wanted' || one.state === 'done'
      ? one.state
      : `${one.state}${fence(one.lease.document.fence)}${one.lease.document.ttlMs}~${one.untilMs}~${'askMs' in one ? one.askMs : ''}`
  return [
    nowMs,
    header(owner.book.header),
    owner.book.entries.map((entry) => `${row(entry)}${entry.endsAt}${entry.since}`),
    owner.startedMs,
    header(owner.disk.header),
    owner.disk.rows.map(row),
    changes,
    owner.answers.map(message).sort(),
    units.map((of) => of.map(unit)),
    messages.map(message).sort(),
    fence(newest),
    Object.values(left)
  ].join('|')
}

import { isCloudError, type PeerId, present } from '@cloudpeer/core'
import { compareFences, type Lease } from '../../src/documents/lease.ts'
import type { BookEntry, BookRow } from '../../src/ledger/book-entry.ts'
import type { BookChanges } from '../../src/ledger/book-state.ts'
import { LedgerBook } from '../../src/ledger/ledger-book.ts'
import { doubtAbout, restoredState } from '../../src/ledger/restore.ts'
import { UnitBook } from '../../src/requester/unit-book.ts'
import { needs } from '../ledger/wishes.ts'
import { type Disk, leaseFrom, type Message, type Owner, quarantineMs, requesters, times, verified, type World } from './lease-world.ts'

/** What the product does at the points where a bug can be planted. */
export interface Rules {
  /** Whether both requests are gangs of one, so that the older one wounds. */
  readonly gangs: boolean
  /** When a requester begins to count what it was told, of when it asked and when it heard. */
  readonly believedFrom: (sentMs: number, heardMs: number) => number
  /** Whether answers wait for what they say to be on disk. */
  readonly waitsForCommit: boolean
  /** Whether an owner without a ledger grants nothing for a while. */
  readonly keepsQuarantine: boolean
  /** Whether a lease that is called back lasts to its end. */
  readonly keepsRecalled: boolean
  /** When the owner takes it to be, as leases end. */
  readonly expiresAt: (nowMs: number) => number
}

/** What ships. */
export const shipped: Rules = {
  gangs: false,
  believedFrom: (sentMs) => sentMs,
  waitsForCommit: true,
  keepsQuarantine: true,
  keepsRecalled: true,
  expiresAt: (nowMs) => nowMs
}

/** Every world that one event leads to. */
export function nextWorlds(world: World, rules: Rules): World[] {
  return [
    ...deliveries(world, rules),
    ...proposals(world),
    ...commits(world, rules),
    ...requesters.flatMap((_, index) => attended(world, index, rules)),
    ...expired(world, rules),
    ...recalls(world, rules),
    ...crashes(world, rules),
    ...later(world)
  ]
}

/** Each message arrives, once or to come again. That none does at all is what happens if nothing else does. */
function deliveries(world: World, rules: Rules): World[] {
  return world.messages.flatMap((message, index) => {
    const once = received({ ...world, messages: world.messages.toSpliced(index, 1) }, message, rules)
    if (world.left.twice === 0) return [once]
    return [once, received({ ...world, left: { ...world.left, twice: world.left.twice - 1 } }, message, rules)]
  })
}

function received(world: World, message: Message, rules: Rules): World {
  switch (message.kind) {
    case 'propose':
      return proposed(world, message.requester, rules)
    case 'ask':
      return asked(world, message, rules)
    case 'release':
      return released(world, message.lease, rules)
    case 'recall':
      return withUnits(world, message.lease, rules, (book) => {
        book.recall(message.lease, world.nowMs)
        return []
      })
    case 'grant':
      return withUnits(world, message.lease, rules, (book) => {
        const wanted = book.take(verified(message.lease), world.nowMs)
        return wanted ? [] : [{ kind: 'release', lease: message.lease }]
      })
    case 'answer':
      return withUnits(world, message.lease, rules, (book) => {
        if (message.ok) book.activate(verified(message.lease), rules.believedFrom(message.sentMs, world.nowMs), world.nowMs)
        else book.lose(message.lease)
        return []
      })
  }
}

/** Two matchers that know nothing of each other propose either request, whenever they like. */
function proposals(world: World): World[] {
  if (world.left.proposals === 0) return []
  const left = { ...world.left, proposals: world.left.proposals - 1 }
  return requesters.map((_, requester) => ({ ...world, left, messages: [...world.messages, { kind: 'propose', requester }] }))
}

function proposed(world: World, requester: number, rules: Rules): World {
  return withBook(world, rules, (book) => {
    if (book.header.quarantined && rules.keepsQuarantine) return () => []
    const held = book.hold(
      {
        requester: requesters[requester] as PeerId,
        request: `request-${requester}`,
        unit: 0,
        amounts: needs(1_000),
        gang: rules.gangs,
        waitedMs: world.nowMs + 500 * requester
      },
      world.nowMs
    )
    if (held === undefined) return () => []
    return (now) => withEntry(now, held.entry, (entry) => [{ kind: 'grant', lease: leaseFrom(entry, world.nowMs) }])
  })
}

function asked(world: World, { lease, sentMs }: Extract<Message, { kind: 'ask' }>, rules: Rules): World {
  return withBook(world, rules, (book) => {
    try {
      const entry =
        lease.state === 'held'
          ? book.confirm(lease.fence, lease.requester, world.nowMs)
          : book.renew(lease.fence, lease.requester, world.nowMs, false)
      return (now) => withEntry(now, entry, (current) => [{ kind: 'answer', lease: leaseFrom(current, world.nowMs), sentMs, ok: true }])
    } catch (error) {
      if (!isCloudError(error)) throw error
      return () => [error.code === 'LEASE_RECALLED' ? { kind: 'recall', lease } : { kind: 'answer', lease, sentMs, ok: false }]
    }
  })
}

function released(world: World, lease: Lease, rules: Rules): World {
  return withBook(world, rules, (book) => {
    const entry = book.release(lease.fence, lease.requester)
    if (entry?.state === 'active') book.finish(entry.fence)
    return () => []
  })
}

/** The operator calls back whatever lease there is. */
function recalls(world: World, rules: Rules): World[] {
  if (world.left.recalls === 0) return []
  const left = { ...world.left, recalls: world.left.recalls - 1 }
  const lasting = world.owner.book.entries.filter(({ state, endsAt }) => state !== 'ending' && endsAt > world.nowMs)
  return lasting.map((entry) => recalled({ ...world, left }, entry, rules))
}

function recalled(world: World, { fence, requester }: BookEntry, rules: Rules): World {
  if (!rules.keepsRecalled) return released(world, { fence, requester } as Lease, rules)
  return withBook(world, rules, (book) => {
    const entry = book.recall(fence, world.nowMs, 1)
    return () => (entry.state === 'held' ? [] : [{ kind: 'recall', lease: leaseFrom(entry, world.nowMs) }])
  })
}

/** What has ended may be ended, however late. */
function expired(world: World, rules: Rules): World[] {
  const nowMs = rules.expiresAt(world.nowMs)
  const { book, startedMs } = world.owner
  const isOver = book.header.quarantined && startedMs + quarantineMs <= world.nowMs
  if (!isOver && !book.entries.some(({ endsAt }) => endsAt <= nowMs)) return []
  return [
    withBook(world, rules, (changed) => {
      if (isOver) changed.setQuarantined(false)
      for (const entry of changed.expire(nowMs)) if (entry.state === 'active') changed.finish(entry.fence)
      return () => []
    })
  ]
}

/** Work of the owner: what it may say is said when it is on disk, if it is still so then. */
function withBook(world: World, rules: Rules, work: (book: LedgerBook) => (now: Owner['book']) => readonly Message[]): World {
  const { owner } = world
  const book = new LedgerBook(owner.book, times)
  const answer = work(book)
  const changes = book.drain()
  const changed = { ...owner, book: book.state, changes: changes === undefined ? owner.changes : [...owner.changes, changes] }
  const answers = answer(book.state)
  if (changed.changes.length === 0 || !rules.waitsForCommit) return told({ ...world, owner: changed }, answers)
  return { ...world, owner: { ...changed, answers: [...owner.answers, ...answers] } }
}

function withEntry(book: Owner['book'], entry: BookEntry, say: (entry: BookEntry) => readonly Message[]): readonly Message[] {
  const current = book.entries.find(({ fence }) => compareFences(fence, entry.fence) === 0)
  return current === undefined ? [] : say(current)
}

/** All changes so far become durable at once; then what waits for them is said, but for leases that have ended meanwhile. */
function commits(world: World, _rules: Rules): World[] {
  const { owner } = world
  if (owner.changes.length === 0) return []
  const disk = owner.changes.reduce(written, owner.disk)
  const holds = new Map(owner.book.entries.map((entry) => [`${entry.fence.epoch}.${entry.fence.seq}`, entry]))
  const isStillSo = (message: Message): boolean => {
    if (message.kind === 'propose' || (message.kind === 'answer' && !message.ok)) return true
    const entry = holds.get(`${message.lease.fence.epoch}.${message.lease.fence.seq}`)
    return entry !== undefined && (message.kind === 'grant' || entry.state === 'active')
  }
  return [told({ ...world, owner: { ...owner, disk, changes: [], answers: [] } }, owner.answers.filter(isStillSo))]
}

function written(disk: Disk, { replaces, header, rows }: BookChanges): Disk {
  const before: readonly BookRow[] = replaces ? [] : disk.rows
  const kept = before.filter(({ fence }) => !rows.has(fence.seq))
  const put = [...rows.values()].filter((row) => row !== undefined)
  return { header: header ?? disk.header, rows: [...kept, ...put].sort((a, b) => compareFences(a.fence, b.fence)) }
}

function told(world: World, messages: readonly Message[]): World {
  const fences = messages.flatMap((message) => (message.kind === 'grant' ? [message.lease.fence] : []))
  const newest = fences.reduce((max, fence) => (compareFences(fence, max) > 0 ? fence : max), world.newest)
  return { ...world, newest, messages: [...world.messages, ...messages] }
}

/** A requester looks what is due. */
function attended(world: World, index: number, rules: Rules): World[] {
  const book = bookOf(world, index, rules)
  book.expire(world.nowMs)
  const asks = book.due(world.nowMs).map(({ document }): Message => ({ kind: 'ask', lease: document, sentMs: world.nowMs }))
  const after = withUnitsOf(world, index, book, asks)
  return after.messages.length > world.messages.length ? [after] : []
}

function withUnits(world: World, { requester }: Lease, rules: Rules, work: (book: UnitBook) => readonly Message[]): World {
  const index = requesters.indexOf(requester)
  const book = bookOf(world, index, rules)
  const messages = work(book)
  return withUnitsOf(world, index, book, messages)
}

function bookOf(world: World, index: number, { gangs }: Rules): UnitBook {
  return new UnitBook({ gang: gangs }, present(world.units[index], `requester ${index}`))
}

function withUnitsOf(world: World, index: number, book: UnitBook, messages: readonly Message[]): World {
  const releases = book.drainReleases().map(({ document }): Message => ({ kind: 'release', lease: document }))
  return { ...world, units: world.units.with(index, book.units), messages: [...world.messages, ...messages, ...releases] }
}

/** The process ends and starts again, with its disk or without. */
function crashes(world: World, _rules: Rules): World[] {
  if (world.left.crashes === 0) return []
  const left = { ...world.left, crashes: world.left.crashes - 1 }
  const empty = { header: undefined, rows: [] }
  return [
    { ...world, left, owner: restarted(world, world.owner.disk) },
    { ...world, left, owner: restarted(world, empty), erasedFor: world.newest }
  ]
}

function restarted({ nowMs, owner }: World, disk: Disk): Owner {
  const epoch = owner.epoch + 1
  const isFound = disk.header !== undefined
  const rows = { header: disk.header, capacity: owner.book.capacity, leases: disk.rows, isFound, damaged: [], isWhole: true }
  const book = new LedgerBook(restoredState(rows, nowMs, times), times)
  if (doubtAbout(rows, { isNew: false, epoch }) !== undefined) book.setQuarantined(true)
  book.raise(epoch)
  return { book: book.state, epoch, startedMs: nowMs, disk, changes: [book.whole()], answers: [] }
}

/** Time passes until something is due, or, so that not everything happens at such moments, a little. */
function later(world: World): World[] {
  const { owner, units, nowMs, left } = world
  const dues = [
    ...owner.book.entries.map(({ endsAt }) => endsAt),
    ...(owner.book.header.quarantined ? [owner.startedMs + quarantineMs] : []),
    ...units.flat().flatMap((unit) => ('untilMs' in unit ? [unit.untilMs, ...('askMs' in unit ? [unit.askMs] : [])] : []))
  ].filter((dueMs) => dueMs > nowMs)
  const due = dues.length === 0 ? [] : [{ ...world, nowMs: Math.min(...dues) }]
  return left.delays === 0 ? due : [...due, { ...world, nowMs: nowMs + 300, left: { ...left, delays: left.delays - 1 } }]
}

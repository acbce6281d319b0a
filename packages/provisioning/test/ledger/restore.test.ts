import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pick, seededRandom } from '@cloudpeer/core'
import type { BookRow } from '../../src/ledger/book-entry.ts'
import { emptyHeader } from '../../src/ledger/book-state.ts'
import { LedgerBook } from '../../src/ledger/ledger-book.ts'
import type { LedgerRows } from '../../src/ledger/ledger-rows.ts'
import { doubtAbout, restoredState } from '../../src/ledger/restore.ts'
import { bookOptions, cpu, needs, newBook, peer, wish } from './wishes.ts'

const start = { isNew: false, epoch: 2 }

/** What a ledger of two processors has on its disk with two leases. */
function twoLeases(): LedgerRows {
  const book = newBook(2)
  for (const letter of ['a', 'b']) book.hold(wish(letter), 0)
  return rowsOf(book)
}

function rowsOf(book: LedgerBook): LedgerRows {
  const { header, capacity, rows } = book.whole()
  return { header, capacity, leases: [...rows.values()].filter((row) => row !== undefined), isFound: true, damaged: [], isWhole: true }
}

function changed(rows: LedgerRows, seq: number, change: Partial<BookRow>): LedgerRows {
  return { ...rows, leases: rows.leases.map((row) => (row.fence.seq === seq ? { ...row, ...change } : row)) }
}

test('rows of one moment leave no doubt, and become the book that they were', () => {
  const rows = twoLeases()
  assert.equal(doubtAbout(rows, start), undefined)
  assert.deepEqual(rowsOf(new LedgerBook(restoredState(rows, 0, bookOptions), bookOptions)), rows)
})

test('a hold that was found may have been confirmed since the moment that the disk is of: nothing takes its room for a ttl', () => {
  const before = newBook(1)
  before.hold(wish('a', { gang: true }), 0)
  const restored = (): LedgerBook => new LedgerBook(restoredState(rowsOf(before), 10_000, bookOptions), bookOptions)
  const book = restored()
  assert.equal(book.hold(wish('b', { gang: true, waitedMs: 60_000 }), 10_000), undefined, 'an older gang')
  assert.deepEqual([book.expire(69_999), book.expire(70_000).length], [[], 1])

  const recalling = restored()
  const { fence } = [...recalling.entries()][0] as BookRow
  assert.equal(recalling.recall(fence, 20_000, 1_700).endsAt, 70_000)
  assert.equal(recalling.hold(wish('b'), 20_000), undefined)
  assert.equal(restored().confirm(fence, peer('a'), 69_999).state, 'active')
})

test('rows that cannot all be are in doubt, and none of their leases is kept', () => {
  const rows = twoLeases()
  const [first] = rows.leases as [BookRow]
  for (const [wrong, reason] of [
    [{ ...rows, capacity: { total: cpu(1_500), attributes: {} } }, /more than there is/],
    [{ ...rows, capacity: undefined }, /nothing that they were granted from/],
    [changed(rows, 2, { requester: first.requester, request: first.request }), /two leases/]
  ] as const) {
    assert.match(doubtAbout(wrong, start) ?? '', reason)
    const { header, entries } = restoredState(wrong, 0, bookOptions)
    assert.deepEqual([header.seq, entries], [2, []])
  }
  const ending = changed(rows, 2, { requester: first.requester, request: first.request, state: 'ending' })
  assert.equal(doubtAbout(ending, start), undefined, 'of a unit one lease may be ending while another is there')
})

test('facts that are older than a lease are in doubt, and its fence is not given again', () => {
  for (const header of [
    { ...emptyHeader, epoch: 1, seq: 1 },
    { ...emptyHeader, epoch: 1, seq: 0 }
  ]) {
    const rows = { ...twoLeases(), header }
    assert.match(doubtAbout(rows, start) ?? '', /newer than the facts/)
    const { header: restored, entries } = restoredState(rows, 0, bookOptions)
    assert.deepEqual([restored.seq, entries.length], [2, 2])
  }
})

test('anytime_a_disk_that_dropped_writes_over_allocates_nothing_that_it_shows_and_gives_no_fence_of_it_again', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const moments = history(seed)
    const anyMoment = (): LedgerRows => pick(random, moments)
    const seqs = [...new Set(moments.flatMap(({ leases }) => leases.map(({ fence }) => fence.seq)))]
    const leases = seqs.flatMap((seq) => anyMoment().leases.filter(({ fence }) => fence.seq === seq))
    const rows = { header: anyMoment().header, capacity: anyMoment().capacity, leases, isFound: true, damaged: [], isWhole: true }
    const book = new LedgerBook(restoredState(rows, 0, bookOptions), bookOptions)
    book.setCapacity({ total: { ...book.total, cpuMilli: book.total.cpuMilli + 1 }, attributes: {} })
    const next = book.hold(wish('z', { amounts: needs(1) }), 0)
    assert.ok(
      leases.every(({ fence }) => fence.seq < (next?.entry.fence.seq ?? 0)),
      `seed ${seed}`
    )
  }
})

/** What was on a disk at each of the moments of a life. */
function history(seed: number): readonly LedgerRows[] {
  const random = seededRandom(seed)
  const book = newBook(2)
  return Array.from({ length: 12 }, (_, step) => {
    const letter = pick(random, ['a', 'b', 'c'])
    const [entry] = [...book.entries()].filter(({ requester }) => requester === peer(letter))
    if (entry === undefined) book.hold(wish(letter), step)
    else if (entry.state === 'held' && random.next() < 0.5) book.confirm(entry.fence, entry.requester, step)
    else if (entry.state === 'ending') book.finish(entry.fence)
    else book.release(entry.fence, entry.requester)
    if (random.next() < 0.2) book.setCapacity({ total: cpu(book.total.cpuMilli - book.free.cpuMilli + 1_000), attributes: {} })
    return rowsOf(book)
  })
}

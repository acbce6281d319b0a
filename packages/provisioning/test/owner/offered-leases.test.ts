import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@cloudpeer/core'
import { offeredLeasesMax } from '../../src/documents/offer.ts'
import type { BookEntry } from '../../src/ledger/book-entry.ts'
import { offeredLeases, offeredLeasesBytesMax } from '../../src/owner/offered-leases.ts'
import { newBook, wish } from '../ledger/wishes.ts'

function entry(change: Partial<BookEntry> = {}): BookEntry {
  const held = newBook(1).hold(wish('a'), 0)
  assert.ok(held)
  return { ...held.entry, ...change }
}

test('leases are told by when they end, those of unknown end last', () => {
  const entries = [
    entry(),
    entry({ state: 'active', durationMs: 9_000, since: 500 }),
    entry({ state: 'held', durationMs: 4_000 }),
    entry({ state: 'ending', durationMs: 9_000 }),
    entry({ state: 'active', durationMs: 100, since: 500 }),
    entry({ state: 'active', recalledAt: 1, endsAt: 7_000 }),
    entry({ state: 'active', recalledAt: 1, endsAt: 7_000, durationMs: 5_000, since: 1_000 })
  ]
  assert.deepEqual(
    offeredLeases(entries, 1_000).map(({ leftMs }) => leftMs),
    [0, 0, 4_000, 5_000, 6_000, 8_500, undefined]
  )
})

test('as many are told as there is room for', () => {
  const many = Array.from({ length: 200 }, () => entry())
  assert.equal(offeredLeases(many, 0).length, offeredLeasesMax)
  const others = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`${n}`.padStart(60, 'o'), 1]))
  const large = many.map((one) => ({ ...one, allocation: { ...one.allocation, others } }))
  const told = offeredLeases(large, 0)
  const bytes = told.reduce((sum, lease) => sum + encode(lease).length, 0)
  assert.ok(told.length > 0 && bytes <= offeredLeasesBytesMax)
})

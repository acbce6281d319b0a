import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import type { Lease } from '../../src/documents/lease.ts'
import type { Verified } from '../../src/documents/signed-document.ts'
import type { Unit } from '../../src/requester/unit.ts'
import { resumedUnit, UnitBook } from '../../src/requester/unit-book.ts'
import { granted } from './granted.ts'

const wanted = (count: number): Unit[] => Array.from({ length: count }, () => ({ state: 'wanted' }))
const statesOf = (book: UnitBook): string[] => book.units.map(({ state }) => state)
const seqs = (leases: readonly Verified<Lease>[]): number[] => leases.map(({ document }) => document.fence.seq)
const active = (grant: Parameters<typeof granted>[0]): Verified<Lease> => granted({ ttlMs: 60_000, ...grant, state: 'active' })

function activated(book: UnitBook, grant: Parameters<typeof granted>[0], nowMs: number): void {
  book.take(granted(grant), nowMs)
  book.due(nowMs)
  book.activate(active(grant), nowMs, nowMs)
}

test('the first grant of a unit is taken, and confirmed at once', () => {
  const book = new UnitBook({ gang: false }, wanted(2))
  assert.equal(book.take(granted({ unit: 1, seq: 7 }), 0), true)
  assert.deepEqual(book.wanted, [0])
  assert.deepEqual(seqs(book.due(0)), [7])
  assert.deepEqual(statesOf(book), ['wanted', 'confirming'])
})

test('a grant that comes again is the one that is there; another one of the same unit is not wanted', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  book.take(granted({ seq: 1 }), 0)
  assert.equal(book.take(granted({ seq: 1 }), 5), true)
  assert.equal(book.take(granted({ owner: 'another', seq: 1 }), 5), false)
  assert.equal(book.take(granted({ seq: 2 }), 5), false)
  assert.equal(book.take(granted({ unit: 9 }), 5), false, 'a unit that the request does not have')
})

test('a lease is relied upon for nine tenths of its time from when it was asked for, and renewed after a third', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  book.take(granted(), 100)
  book.due(100)
  book.activate(active({}), 100, 180)
  const [unit] = book.units
  assert.deepEqual(unit, { state: 'active', lease: active({}), askMs: 20_100, untilMs: 54_100, endsMs: Number.POSITIVE_INFINITY })
  assert.deepEqual(seqs(book.due(20_099)), [])
  assert.deepEqual(seqs(book.due(20_100)), [1])
  assert.equal(book.nextMs, 25_100, 'asked again where nobody answers')
  book.activate(active({ seq: 1 }), 20_100, 20_150)
  assert.equal(book.nextMs, 40_100)
})

test('an answer that comes late does not shorten what a later one gave', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  activated(book, {}, 0)
  book.activate(active({}), 20_000, 20_010)
  book.activate(active({}), 10_000, 20_020)
  assert.equal(book.units[0]?.state === 'active' && book.units[0].untilMs, 74_000)
})

test('a confirmation that nobody answers is repeated, and given up when the hold must be over', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  book.take(granted({ ttlMs: 3_000 }), 0)
  book.due(0)
  assert.deepEqual(seqs(book.due(999)), [])
  assert.deepEqual(seqs(book.due(1_000)), [1])
  book.expire(2_999)
  assert.deepEqual(statesOf(book), ['confirming'])
  book.expire(3_000)
  assert.deepEqual(statesOf(book), ['wanted'])
  assert.deepEqual(seqs(book.drainReleases()), [1], 'its owner may have made it active')
})

test('a lease that is over is released and its unit done; one that nobody renews is released and wanted again', () => {
  const book = new UnitBook({ gang: false, durationMs: 30_000 }, wanted(2))
  activated(book, { unit: 0, seq: 1 }, 0)
  book.expire(30_000)
  assert.deepEqual(statesOf(book), ['done', 'wanted'])
  const forever = new UnitBook({ gang: false }, wanted(1))
  activated(forever, {}, 0)
  forever.expire(53_999)
  assert.deepEqual(statesOf(forever), ['active'])
  forever.expire(54_000)
  assert.deepEqual(statesOf(forever), ['wanted'])
  assert.deepEqual(seqs(forever.drainReleases()), [1])
})

test('a gang is confirmed when it is whole, not before', () => {
  const book = new UnitBook({ gang: true }, wanted(3))
  book.take(granted({ unit: 0, seq: 1 }), 0)
  book.take(granted({ unit: 2, seq: 3 }), 0)
  assert.deepEqual(book.due(0), [])
  book.take(granted({ unit: 1, seq: 2 }), 10)
  assert.deepEqual(seqs(book.due(10)), [1, 2, 3])
  assert.equal(book.isGranted, false)
  for (const unit of [0, 1, 2]) book.activate(active({ unit, seq: unit + 1 }), 10, 50)
  assert.equal(book.isGranted, true)
})

test('a gang that is not whole gives everything back before its first hold ends', () => {
  const book = new UnitBook({ gang: true }, wanted(2))
  book.take(granted({ unit: 0, seq: 1 }), 0)
  assert.equal(book.nextMs, 4_000)
  book.expire(4_000)
  assert.deepEqual(statesOf(book), ['wanted', 'wanted'])
  assert.deepEqual(seqs(book.drainReleases()), [1])
})

test('a gang that loses one lease gives back all others, and wants all of them again', () => {
  const book = new UnitBook({ gang: true }, wanted(3))
  for (const unit of [0, 1, 2]) book.take(granted({ unit, seq: unit + 1 }), 0)
  book.due(0)
  book.activate(active({ unit: 0, seq: 1 }), 0, 1)
  book.lose(granted({ unit: 1, seq: 2 }).document)
  assert.deepEqual(statesOf(book), ['wanted', 'wanted', 'wanted'])
  assert.deepEqual(seqs(book.drainReleases()), [1, 3], 'the lost one has ended by itself')
})

test('a grant that comes again after its lease was given back is not taken again; a later one of the same owner is', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  book.take(granted({ seq: 4 }), 0)
  book.lose(granted({ seq: 4 }).document)
  assert.equal(book.take(granted({ seq: 4 }), 1), false)
  assert.equal(book.take(granted({ seq: 3 }), 1), false)
  assert.equal(book.take(granted({ seq: 5 }), 1), true)
})

test('what is said of a lease that the book no longer has changes nothing', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  activated(book, { seq: 2 }, 0)
  for (const stale of [granted({ seq: 1 }), granted({ owner: 'another', seq: 2 })]) {
    book.lose(stale.document)
    book.finish(stale.document)
    book.activate(active({ owner: stale.document.owner, seq: stale.document.fence.seq }), 99_000, 99_000)
  }
  assert.deepEqual(statesOf(book), ['active'])
  assert.equal(book.nextMs, 20_000)
})

test('a closed book wants nothing any more; what is active goes on', () => {
  const book = new UnitBook({ gang: false }, wanted(3))
  activated(book, { unit: 0, seq: 1 }, 0)
  book.take(granted({ unit: 1, seq: 2 }), 0)
  book.close()
  assert.deepEqual(statesOf(book), ['active', 'done', 'done'])
  assert.equal(book.take(granted({ unit: 2, seq: 3 }), 0), false)
  book.lose(granted({ unit: 0, seq: 1 }).document)
  assert.equal(book.isDone, true)
})

test('giving up releases everything', () => {
  const book = new UnitBook({ gang: false }, wanted(2))
  activated(book, { unit: 0, seq: 1 }, 0)
  book.take(granted({ unit: 1, seq: 2 }), 0)
  book.giveUp()
  assert.equal(book.isDone, true)
  assert.deepEqual(seqs(book.drainReleases()).sort(), [1, 2])
})

test('a lease that is called back is relied upon to its end, and given back as soon as another one is active', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  activated(book, { seq: 1 }, 0)
  book.recall(active({ seq: 1 }).document, 10_000)
  assert.deepEqual([statesOf(book), book.wanted, book.isGranted, book.nextMs], [['recalled'], [0], false, 54_000])
  assert.deepEqual(book.due(30_000), [], 'it is not renewed')
  assert.equal(book.take(granted({ owner: 'another', seq: 7 }), 30_000), true)
  book.due(30_000)
  assert.deepEqual([seqs(book.leases), book.drainReleases()], [[7, 1], []])
  book.activate(active({ owner: 'another', seq: 7 }), 30_000, 30_100)
  assert.deepEqual([statesOf(book), seqs(book.leases), seqs(book.drainReleases())], [['active'], [7], [1]])
  assert.equal(book.take(granted({ seq: 1 }), 30_200), false)
})

test('a lease that is called back ends without another one where none is found, and its unit is wanted still', () => {
  const book = new UnitBook({ gang: false }, wanted(1))
  activated(book, { seq: 1 }, 0)
  book.recall(active({ seq: 1 }).document, 10_000)
  book.take(granted({ owner: 'another', seq: 7 }), 50_000)
  book.lose(granted({ owner: 'another', seq: 7 }).document)
  assert.deepEqual(statesOf(book), ['recalled'], 'another one was lost, this one lasts')
  book.take(granted({ owner: 'another', seq: 8 }), 53_000)
  book.expire(54_000)
  assert.deepEqual([statesOf(book), seqs(book.leases), seqs(book.drainReleases())], [['held'], [8], [1]])
  book.expire(57_000)
  assert.deepEqual([statesOf(book), seqs(book.drainReleases())], [['wanted'], [8]])
})

test('of a gang that unit alone is wanted whose lease is called back, until that ends', () => {
  const gang = (): UnitBook => {
    const book = new UnitBook({ gang: true }, wanted(2))
    for (const unit of [0, 1]) book.take(granted({ unit, seq: unit + 1 }), 0)
    book.due(0)
    for (const unit of [0, 1]) book.activate(active({ unit, seq: unit + 1 }), 0, 10)
    book.recall(active({ unit: 1, seq: 2 }).document, 1_000)
    return book
  }
  const book = gang()
  assert.deepEqual([statesOf(book), book.wanted], [['active', 'recalled'], [1]])
  book.take(granted({ unit: 1, owner: 'another', seq: 7 }), 2_000)
  assert.deepEqual(seqs(book.due(2_000)), [7], 'no unit is without a lease')
  book.activate(active({ unit: 1, owner: 'another', seq: 7 }), 2_000, 2_100)
  assert.deepEqual([book.isGranted, seqs(book.drainReleases())], [true, [2]])
  const unlucky = gang()
  for (const ms of [20_000, 40_000]) unlucky.activate(active({ unit: 0, seq: 1 }), ms, ms)
  unlucky.expire(54_000)
  assert.deepEqual(
    [statesOf(unlucky), seqs(unlucky.drainReleases())],
    [
      ['wanted', 'wanted'],
      [2, 1]
    ]
  )
})

test('what is called back before it is relied upon is given back, and what nobody wants any more is not replaced', () => {
  const book = new UnitBook({ gang: false }, [resumedUnit(active({ seq: 1 }), 0, 30_000), ...wanted(1)])
  activated(book, { unit: 1, seq: 2 }, 0)
  for (const [unit, seq] of [
    [0, 1],
    [1, 2]
  ] as const)
    book.recall(active({ unit, seq }).document, 10)
  assert.deepEqual([statesOf(book), seqs(book.drainReleases())], [['wanted', 'recalled'], [1]])
  book.take(granted({ unit: 1, owner: 'another', seq: 7 }), 20)
  book.close()
  assert.deepEqual([statesOf(book), book.wanted, seqs(book.drainReleases())], [['done', 'recalled'], [], [7]])
  book.expire(54_000)
  assert.equal(book.isDone, true)
})

test('a lease of an earlier run is not relied upon until its owner has spoken', () => {
  const held = granted({ unit: 0, seq: 1 })
  const book = new UnitBook({ gang: false }, [resumedUnit(active({ unit: 0, seq: 1 }), 0, 30_000), { state: 'done' }])
  assert.equal(book.isGranted, false)
  assert.deepEqual(
    book.due(0).map(({ document }) => document.state),
    ['active']
  )
  book.activate(active({ unit: 0, seq: 1, ttlMs: 45_000 }), 5, 10)
  assert.deepEqual(book.units[0], {
    state: 'active',
    lease: active({ unit: 0, seq: 1, ttlMs: 45_000 }),
    askMs: 15_005,
    untilMs: 40_505,
    endsMs: 30_010
  })
  assert.equal(book.find(held.document)?.state, 'active')
})

test('anytime_a_unit_has_one_lease_and_gangs_are_confirmed_whole, whatever happens', () => {
  const random = seededRandom(1)
  for (let run = 0; run < 200; run++) {
    const gang = random.next() < 0.5
    const book = new UnitBook({ gang, durationMs: 100_000 }, wanted(3))
    let nowMs = 0
    for (let step = 0; step < 60; step++) {
      nowMs += random.integer(3_000)
      const grant = { unit: random.integer(3), owner: `owner ${random.integer(2)}`, seq: 1 + random.integer(3) }
      const held = granted(grant)
      const before = statesOf(book)
      switch (random.integer(7)) {
        case 0:
        case 1: {
          const had = book.find(held.document) !== undefined
          const took = book.take(held, nowMs)
          assert.ok(took === had || (took && ['wanted', 'recalled'].includes(before[grant.unit] ?? '')))
          break
        }
        case 2:
          book.activate(active(grant), nowMs, nowMs)
          break
        case 3:
          book.lose(held.document)
          break
        case 4:
          book.recall(held.document, nowMs)
          break
        default:
          book.expire(nowMs)
          for (const { document } of book.due(nowMs)) assert.notEqual(book.find(document)?.state, 'held')
      }
      if (gang && statesOf(book).some((state) => state === 'confirming' || state === 'active'))
        assert.ok(!statesOf(book).includes('wanted'), 'a gang is confirmed only whole')
      for (const { document } of book.drainReleases()) assert.equal(book.find(document), undefined, 'what is given back is not kept')
      assert.ok(book.nextMs >= 0)
    }
  }
})

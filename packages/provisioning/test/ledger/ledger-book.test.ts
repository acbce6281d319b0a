import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError, type Random, seededRandom } from '@cloudpeer/core'
import { minus } from '@cloudpeer/model'
import { type BookEntry, LedgerBook, type Wish } from '@cloudpeer/provisioning/ledger'
import '../../src/errors.ts'
import { bookOptions, cpu, needs, newBook, peer, wish } from './wishes.ts'

function held(book: LedgerBook, wanted: Wish, now = 0): BookEntry {
  const outcome = book.hold(wanted, now)
  assert.ok(outcome, `there is no room for ${wanted.request}`)
  return outcome.entry
}

function active(book: LedgerBook, letter: string, now = 0, change: Partial<Wish> = {}): BookEntry {
  const { fence, requester } = held(book, wish(letter, change), now)
  return book.confirm(fence, requester, now)
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(isCloudError(error), String(error))
    return error.code
  }
  return 'none'
}

test('a hold takes capacity, confirmed it is a lease, and released it is free when its work has stopped', () => {
  const book = newBook(2)
  const { fence } = held(book, wish('a'))
  assert.deepEqual(fence, { epoch: 1, seq: 1 })
  assert.deepEqual(book.free, cpu(1000))
  assert.equal(book.confirm(fence, peer('a'), 10).endsAt, 60_010)
  assert.equal(book.release(fence, peer('a'))?.state, 'active')
  assert.deepEqual(book.free, cpu(1000))
  book.finish(fence)
  assert.deepEqual(book.free, cpu(2000))
  assert.deepEqual([...book.entries()], [])
})

test('a hold that is released is free at once', () => {
  const book = newBook(1)
  const { fence } = held(book, wish('a'))
  assert.equal(book.release(fence, peer('a'))?.state, 'held')
  assert.deepEqual(book.free, cpu(1000))
  assert.equal(book.release(fence, peer('a')), undefined)
})

test('where there is no room nothing is held, and nothing changes', () => {
  const book = newBook(1)
  held(book, wish('a'))
  book.drain()
  const { version } = book
  assert.equal(book.hold(wish('b'), 0), undefined)
  assert.equal(book.drain(), undefined)
  assert.equal(book.version, version)
})

test('a unit has one lease, however often it is proposed, and another unit another', () => {
  const book = newBook(3)
  const first = held(book, wish('a'))
  assert.equal(held(book, wish('a'), 10), first)
  const confirmed = book.confirm(first.fence, peer('a'), 20)
  assert.equal(held(book, wish('a'), 30), confirmed)
  assert.equal(held(book, wish('a', { unit: 1 })).fence.seq, 2)
  assert.equal(held(book, wish('a', { requester: peer('b') })).fence.seq, 3)
  assert.deepEqual(book.free, cpu(0))
})

test('a unit whose lease is over gets nothing before that has ended', () => {
  const book = newBook(2)
  held(book, wish('a'))
  assert.equal(book.hold(wish('a'), 5_000), undefined)
  book.expire(5_000)
  assert.equal(held(book, wish('a'), 5_000).fence.seq, 2)
})

test('anytime_a_hold_that_is_over_cannot_be_confirmed', () => {
  const book = newBook(1)
  const { fence } = held(book, wish('a'))
  assert.equal(
    codeOf(() => book.confirm(fence, peer('a'), 5_000)),
    'LEASE_LATE'
  )
  assert.equal(book.expire(4_999).length, 0)
  assert.equal(book.expire(5_000)[0]?.fence, fence)
  assert.equal(
    codeOf(() => book.confirm(fence, peer('a'), 5_000)),
    'LEASE_LATE'
  )
  assert.deepEqual(book.free, cpu(1000))
})

test('anytime_only_the_requester_acts_on_its_lease', () => {
  const book = newBook(2)
  const { fence } = held(book, wish('a'))
  const other = active(book, 'c').fence
  for (const work of [
    () => book.confirm(fence, peer('b'), 0),
    () => book.release(fence, peer('b')),
    () => book.renew(other, peer('b'), 0, false)
  ]) {
    assert.equal(codeOf(work), 'LEASE_OF_ANOTHER')
  }
})

test('a fence of another epoch, or one that was never given, is unknown', () => {
  const book = newBook(1)
  const { fence } = active(book, 'a')
  const wrong = [
    { epoch: 2, seq: fence.seq },
    { epoch: 1, seq: 7 }
  ]
  for (const fence of wrong) {
    assert.equal(
      codeOf(() => book.renew(fence, peer('a'), 0, false)),
      'LEASE_UNKNOWN'
    )
    assert.equal(book.release(fence, peer('a')), undefined)
  }
  assert.equal(
    codeOf(() => book.confirm({ epoch: 1, seq: 7 }, peer('a'), 0)),
    'LEASE_UNKNOWN'
  )
})

test('confirming what is active changes nothing', () => {
  const book = newBook(1)
  const entry = active(book, 'a')
  book.drain()
  assert.equal(book.confirm(entry.fence, peer('a'), 50), entry)
  assert.equal(book.drain(), undefined)
})

test('a renewal lasts a full ttl from now, and writes nothing', () => {
  const book = newBook(1)
  const { fence } = active(book, 'a')
  book.drain()
  assert.equal(book.renew(fence, peer('a'), 59_999, false).endsAt, 119_999)
  assert.equal(book.drain(), undefined)
  assert.equal(
    codeOf(() => book.renew(fence, peer('a'), 119_999, false)),
    'LEASE_UNKNOWN'
  )
})

test('a hold is not renewed', () => {
  const book = newBook(1)
  const { fence } = held(book, wish('a'))
  assert.equal(
    codeOf(() => book.renew(fence, peer('a'), 1, false)),
    'LEASE_UNKNOWN'
  )
})

test('a lease that has lasted as long as was asked for is renewed only while nobody waits', () => {
  const book = newBook(1)
  const { fence } = active(book, 'a', 0, { durationMs: 30_000 })
  book.renew(fence, peer('a'), 29_999, true)
  book.renew(fence, peer('a'), 30_000, false)
  assert.equal(
    codeOf(() => book.renew(fence, peer('a'), 30_001, true)),
    'LEASE_OVERRUN'
  )
})

test('a lease that is called back has its capacity to its end, and leaves its unit to another', () => {
  const book = newBook(2)
  const { fence } = active(book, 'a')
  const recalled = book.recall(fence, 10_000, 1_700)
  assert.deepEqual([recalled.state, recalled.recalledAt, recalled.endsAt, book.nextEnd()], ['active', 1_700, 60_000, 60_000])
  assert.equal(book.recall(fence, 20_000, 9_999), recalled)
  assert.equal(
    codeOf(() => book.renew(fence, peer('a'), 20_000, false)),
    'LEASE_RECALLED'
  )
  const other = held(book, wish('a'), 20_000)
  assert.deepEqual([other.fence.seq, book.free], [2, cpu(0)])
  assert.equal(held(book, wish('a'), 21_000), other, 'the unit has one lease again')
  book.confirm(other.fence, peer('a'), 21_000)
  assert.deepEqual(
    book.expire(60_000).map((entry) => entry.fence),
    [fence]
  )
  assert.equal(
    codeOf(() => book.recall(fence, 60_000, 1_700)),
    'LEASE_UNKNOWN'
  )
  book.finish(fence)
  assert.equal(held(book, wish('a'), 61_000).fence.seq, 2, 'what has ended took nothing from the unit')
})

test('leases of any state count against leasesMax, and then nothing is offered', () => {
  const book = newBook(5, { leasesMax: 2 })
  const { fence } = active(book, 'a')
  held(book, wish('b'))
  assert.equal(book.hold(wish('c'), 0), undefined)
  assert.deepEqual([book.free, book.grantable], [cpu(3000), cpu(0)])
  book.release(fence, peer('a'))
  assert.equal(book.hold(wish('c'), 0), undefined)
  book.finish(fence)
  held(book, wish('c'))
})

test('an older gang takes what a younger one only holds, and no more than it needs', () => {
  const book = newBook(4)
  const gang = (letter: string, waitedMs: number, processors = 1): Wish =>
    wish(letter, { gang: true, waitedMs, amounts: needs(1000 * processors) })
  held(book, gang('a', 400))
  held(book, gang('b', 100, 1))
  held(book, gang('c', 200, 2))
  const outcome = book.hold(gang('d', 300, 2), 0)
  assert.deepEqual(
    outcome?.wounded.map(({ requester }) => requester),
    [peer('c')]
  )
  assert.deepEqual(
    [...book.entries()].map(({ requester }) => requester),
    [peer('a'), peer('b'), peer('d')]
  )
  assert.deepEqual(book.free, cpu(0))
})

test('anytime_neither_active_leases_nor_older_gangs_nor_others_are_wounded', () => {
  for (const [unwounded, confirmed] of [
    [wish('a', { gang: true, waitedMs: 10 }), true],
    [wish('a', { gang: true, waitedMs: 500 }), false],
    [wish('a', { gang: true, waitedMs: 600 }), false],
    [wish('a', { gang: false, waitedMs: 10 }), false],
    [wish('d', { gang: true, waitedMs: 10, unit: 1 }), false]
  ] as const) {
    const book = newBook(1)
    const { fence, requester } = held(book, unwounded)
    if (confirmed) book.confirm(fence, requester, 0)
    assert.equal(book.hold(wish('d', { gang: true, waitedMs: 500 }), 0), undefined)
  }
  const book = newBook(1)
  held(book, wish('a', { gang: true }))
  assert.equal(book.hold(wish('d', { waitedMs: 500 }), 0), undefined, 'a wish that is no gang wounds nobody')
})

test('age counts from when a request began to wait, not from when it was proposed', () => {
  const book = newBook(1)
  held(book, wish('a', { gang: true, waitedMs: 100 }), 1_000)
  assert.equal(book.hold(wish('b', { gang: true, waitedMs: 150 }), 1_100), undefined)
  assert.equal(book.hold(wish('b', { gang: true, waitedMs: 201 }), 1_100)?.wounded.length, 1)
})

test('capacity changes around what is leased', () => {
  const book = newBook(2)
  active(book, 'a')
  book.setCapacity({ total: cpu(1500), attributes: {} })
  assert.deepEqual(book.free, cpu(500))
  assert.throws(
    () => book.setCapacity({ total: cpu(999), attributes: {} }),
    (error) => isCloudError(error, 'CAPACITY_IN_USE') && error.fields.field === 'cpuMilli' && error.fields.leased === 1000
  )
  assert.deepEqual(book.total, cpu(1500))
})

test('a GPU of which something is leased stays where it is and what it is', () => {
  const gpus = ['T4', 'V100'].map((model) => ({ model, milli: 1000 }))
  const book = newBook(1)
  book.setCapacity({ total: { ...cpu(0), gpus, others: { ports: 2 } }, attributes: {} })
  const amounts = { ...needs(0), gpu: { count: 1, milli: 600, models: ['V100'] }, others: { ports: 1 } }
  active(book, 'a', 0, { amounts })
  for (const [total, field] of [
    [{ gpus: gpus.slice(0, 1) }, 'gpus[1]'],
    [{ gpus: [...gpus].reverse() }, 'gpus[1]'],
    [{ gpus: gpus.map(({ model }) => ({ model, milli: 500 })) }, 'gpus[1]'],
    [{ gpus, others: {} }, 'others.ports']
  ] as const) {
    assert.throws(
      () => book.setCapacity({ total: { ...cpu(0), others: { ports: 2 }, ...total }, attributes: {} }),
      (error) => isCloudError(error, 'CAPACITY_IN_USE') && error.fields.field === field,
      field
    )
  }
  book.setCapacity({
    total: { ...cpu(100), gpus: [{ model: 'A10', milli: 1000 }, ...gpus.slice(1)], others: { ports: 1 } },
    attributes: {}
  })
  assert.deepEqual(
    book.free.gpus.map(({ milli }) => milli),
    [1000, 400]
  )
})

test('what changed is drained once, the last state of each row', () => {
  const book = newBook(2)
  const { fence } = active(book, 'a')
  const changes = book.drain()
  assert.deepEqual(changes?.header, { epoch: 1, seq: 1, draining: false, quarantined: false })
  assert.equal(changes?.rows.get(fence.seq)?.state, 'active')
  assert.equal('endsAt' in (changes?.rows.get(fence.seq) ?? {}), false)
  assert.equal(book.drain(), undefined)
  book.release(fence, peer('a'))
  assert.equal(book.drain()?.rows.get(fence.seq)?.state, 'ending')
  book.finish(fence)
  assert.deepEqual(book.drain()?.rows, new Map([[fence.seq, undefined]]))
})

/** One random operation, as requesters, matchers and time may do it in any order and repeatedly. */
function disturb(book: LedgerBook, random: Random, now: number): void {
  const letter = 'abcd'[random.integer(4)] as string
  const entries = [...book.entries()]
  const entry = entries[random.integer(Math.max(1, entries.length))]
  const units = { unit: random.integer(2), waitedMs: random.integer(500), gang: random.integer(2) === 0 }
  const operations = [
    () => book.hold(wish(letter, { ...units, amounts: needs(500 * (1 + random.integer(3))) }), now),
    () => entry && book.confirm(entry.fence, entry.requester, now),
    () => entry && book.renew(entry.fence, entry.requester, now, random.integer(2) === 0),
    () => entry && book.release(entry.fence, entry.requester),
    () => entry && entry.state === 'ending' && book.finish(entry.fence),
    () => book.expire(now),
    () => book.setCapacity({ total: cpu(500 * random.integer(10)), attributes: {} })
  ]
  codeOf(operations[random.integer(operations.length)] as () => unknown)
}

test('anytime_nobody_is_over_allocated_and_units_and_fences_are_unique', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed)
    const book = newBook(4)
    let fencesBefore = 0
    for (let step = 0; step < 200; step++) {
      disturb(book, random, step * 200)
      const entries = [...book.entries()]
      const left = entries.reduce((free, { allocation }) => minus(free, allocation), book.total)
      assert.deepEqual(left, book.free, `seed ${seed}, step ${step}`)
      const units = entries.filter(({ state }) => state !== 'ending').map(({ requester, unit }) => `${requester}/${unit}`)
      assert.equal(new Set(units).size, units.length)
      assert.ok(book.header.seq >= fencesBefore)
      fencesBefore = book.header.seq
    }
  }
})

test('anytime_a_book_made_of_its_own_rows_has_the_same_leases', () => {
  const random = seededRandom(7)
  const book = newBook(4)
  for (let step = 0; step < 300; step++) disturb(book, random, step * 200)
  const copy = new LedgerBook(book.state, bookOptions)
  assert.deepEqual(copy.state, book.state)
  assert.deepEqual(copy.free, book.free)
  assert.equal(copy.drain(), undefined)
})

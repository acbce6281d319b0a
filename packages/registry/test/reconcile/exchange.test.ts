import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, isCloudError, pick, type Random, sample, seededRandom } from '@cloudpeer/core'
import { sha256 } from '@cloudpeer/core/identity'
import fc from 'fast-check'
import { type Answer, answerRanges, Exchange, roundsMax } from '../../src/reconcile/exchange.ts'
import { type Item, ItemList, keyFrom, keyOf } from '../../src/reconcile/item-list.ts'
import { messageBytesMax, type Range, reconcileProtocol } from '../../src/reconcile/protocol.ts'

interface Traffic {
  rounds: number
  bytesThere: number
  bytesBack: number
}

const shard = { attribute: 'cores' }

function itemOf(name: string, owner: string, version = 1): Item {
  return { name, owner, digest: sha256(`${name} ${owner} ${version}`) }
}

function listOf(items: readonly Item[]): ItemList {
  return new ItemList([...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.owner < b.owner ? -1 : 1)))
}

/** Many services of a few owners; names share prefixes, and owners share names. */
function population(random: Random, count: number): Item[] {
  const names = Array.from({ length: count }, (_, index) => `${pick(random, ['web', 'cache', 'a'])}-${index >> random.integer(2)}`)
  const items = new Map<string, Item>()
  for (const name of names) {
    const owner = `owner${random.integer(5)}`
    items.set(`${name}/${owner}`, itemOf(name, owner))
  }
  return [...items.values()]
}

/** Runs an exchange to its end, over the wire's own schemas and limits. */
function exchange(here: ItemList, there: ItemList): Exchange & { traffic: Traffic } {
  const asking = new Exchange(here)
  const traffic: Traffic = { rounds: 0, bytesThere: 0, bytesBack: 0 }
  for (let ranges = asking.next(); ranges !== undefined; ranges = asking.next()) {
    const request = encode(reconcileProtocol.request.parse({ shard, ranges }))
    const reply = { ...answerRanges(there, ranges), ready: true }
    const answer = encode(reconcileProtocol.reply.parse(reply))
    assert.ok(Math.max(request.length, answer.length) <= messageBytesMax)
    traffic.rounds++
    traffic.bytesThere += request.length
    traffic.bytesBack += answer.length
    asking.receive(reply)
  }
  return Object.assign(asking, { traffic })
}

/** The keys of what the asking side lacks, as the other side would send them. */
function fetched({ lacking }: Exchange, there: ItemList): string[] {
  return lacking.flatMap((part) => {
    const wanted = part.keys && new Set(part.keys.map(keyFrom))
    return there
      .within(part)
      .map(keyOf)
      .filter((key) => wanted?.has(key) ?? true)
  })
}

function checkDifference(here: ItemList, there: ItemList, done: Exchange): void {
  const keysHere = new Set(here.items.map(keyOf))
  const keysThere = new Set(there.items.map(keyOf))
  assert.deepEqual([...done.surplus].map(keyOf).sort(), [...keysHere].filter((key) => !keysThere.has(key)).sort())
  assert.deepEqual(fetched(done, there).sort(), [...keysThere].filter((key) => !keysHere.has(key)).sort())
  assert.equal(done.complete, true)
}

test('anytime_an_exchange_ends_in_log_rounds_with_exactly_the_symmetric_difference', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 60 }), (seed, count, differences) => {
      const random = seededRandom(seed)
      const all = population(random, count)
      const dropped = (items: readonly Item[]): Item[] => {
        const gone = new Set(sample(random, items, random.integer(differences + 1)))
        return items.filter((item) => !gone.has(item)).map((item) => (random.next() < 0.005 ? itemOf(item.name, item.owner, 2) : item))
      }
      const [here, there] = [listOf(dropped(all)), listOf(dropped(all))]
      const done = exchange(here, there)
      checkDifference(here, there, done)
      assert.ok(done.rounds <= 2 + Math.ceil(Math.log2(count + 1) / 8) + 2, `${done.rounds} rounds for ${count} items`)
    }),
    { numRuns: 50 }
  )
})

test('anytime_any_two_sets_are_told_apart', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (seed, countHere, countThere) => {
      const random = seededRandom(seed)
      const here = listOf(population(random, countHere))
      const there = listOf(population(random, countThere).map((item) => (random.next() < 0.5 ? itemOf(item.name, item.owner, 2) : item)))
      checkDifference(here, there, exchange(here, there))
    }),
    { numRuns: 50 }
  )
})

test('anytime_equal_sets_cost_one_round_and_less_than_100_bytes_each_way', () => {
  for (const count of [0, 1, 32, 33, 10_000]) {
    const items = population(seededRandom(count), count)
    const done = exchange(listOf(items), listOf(items))
    assert.equal(done.equal, true)
    assert.equal(done.traffic.rounds, 1)
    assert.ok(Math.max(done.traffic.bytesThere, done.traffic.bytesBack) < 100, JSON.stringify(done.traffic))
  }
})

test('one difference in 10,000 costs few rounds and a few kilobytes', () => {
  const items = population(seededRandom(1), 10_000)
  const done = exchange(listOf(items.slice(0, -1)), listOf(items))
  assert.ok(done.traffic.rounds <= 3 && done.traffic.bytesThere + done.traffic.bytesBack < 5000, JSON.stringify(done.traffic))
})

test('a side that has nothing is told so at once, whichever it is', () => {
  const items = listOf(population(seededRandom(2), 5000))
  for (const [here, there] of [
    [items, listOf([])],
    [listOf([]), items]
  ] as const) {
    const done = exchange(here, there)
    checkDifference(here, there, done)
    assert.equal(done.traffic.rounds, 1)
    assert.ok(done.traffic.bytesThere + done.traffic.bytesBack < 200)
  }
})

test('finally_a_difference_of_any_size_is_found_by_as_many_exchanges_as_it_takes', () => {
  const all = Array.from({ length: 40_000 }, (_, index) => itemOf(`service-${index}`, `owner${index % 7}`, 1))
  const there = listOf(all)
  let here = listOf(all.filter((_, index) => index % 2 === 0))
  for (let run = 1; here.items.length < there.items.length; run++) {
    assert.ok(run <= 10, `${here.items.length} items after ${run} exchanges`)
    const done = exchange(here, there)
    assert.equal(done.surplus.size, 0)
    const keys = new Set(fetched(done, there))
    assert.ok(keys.size > 1000)
    here = listOf([...here.items, ...there.items.filter((item) => keys.has(keyOf(item)))])
  }
})

test('anytime_a_peer_that_lies_can_neither_make_an_exchange_loop_nor_grow_without_bound', () => {
  const bound = fc.record({ name: fc.string({ maxLength: 4 }), owner: fc.string({ maxLength: 2 }) }, { requiredKeys: ['name'] })
  const fingerprint = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const range = fc.oneof(
    fc.record({ to: bound, count: fc.nat({ max: 99 }), fingerprint }, { requiredKeys: ['count', 'fingerprint'] }),
    fc.record({ to: bound, keys: fc.uint8Array({ maxLength: 64 }) }, { requiredKeys: ['keys'] }),
    fc.record({ to: bound }, { requiredKeys: [] })
  )
  const answer = fc.record({ ranges: fc.array(range, { maxLength: 20 }), stoppedAt: bound }, { requiredKeys: ['ranges'] })
  const items = listOf(population(seededRandom(3), 500))
  let taken = 0
  fc.assert(
    fc.property(fc.infiniteStream(answer), (answers) => {
      const asking = new Exchange(items)
      for (let ranges = asking.next(); ranges !== undefined; ranges = asking.next()) {
        try {
          asking.receive(answers.next().value as Answer)
          taken++
        } catch (error) {
          assert.ok(isCloudError(error, 'INVALID'))
          return
        }
      }
      assert.ok(asking.rounds <= roundsMax)
      assert.ok(asking.surplus.size <= 500 && asking.lacking.length <= roundsMax * 20)
    }),
    { numRuns: 500 }
  )
  assert.ok(taken > 50)
})

test('a peer that always differs is left after the last round', () => {
  const asking = new Exchange(listOf(population(seededRandom(4), 100)))
  for (let ranges = asking.next(); ranges !== undefined; ranges = asking.next()) {
    asking.receive({ ranges: ranges.map((range: Range) => ('count' in range ? { ...range, fingerprint: new Uint8Array(16) } : range)) })
  }
  assert.equal(asking.rounds, roundsMax)
  assert.equal(asking.complete, false)
})

test('ranges out of order, and answers about what was not asked, are refused', () => {
  const items = listOf(population(seededRandom(5), 100))
  const fingerprint = new Uint8Array(16)
  const ranges = [
    { to: { name: 'b' }, count: 1, fingerprint },
    { to: { name: 'a' }, count: 1, fingerprint }
  ]
  const isInvalid = (error: unknown): boolean => isCloudError(error, 'INVALID')
  assert.throws(() => answerRanges(items, ranges), isInvalid)
  assert.throws(() => answerRanges(items, [{ count: 1, fingerprint }, ...ranges]), isInvalid)
  const asking = new Exchange(items)
  asking.next()
  asking.receive({ ranges: [{ to: { name: 'c' }, count: 1, fingerprint }] })
  asking.next()
  assert.throws(() => asking.receive({ ranges: [{ to: { name: 'x' } }, { count: 1, fingerprint }] }), isInvalid)
})

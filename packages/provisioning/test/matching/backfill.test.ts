import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PeerId, seededRandom } from '@cloudpeer/core'
import { type Demand, waitingFrom } from '../../src/matching/demand.ts'
import { Matching, type Proposal } from '../../src/matching/index.ts'
import { seniorityOf } from '../../src/matching/seniority.ts'
import { cpus, demandOf, leaseOf, offerOf } from './cluster.ts'

const init = { agingMs: 60_000, holdMs: 5_000, backoffFirstMs: 250, backoffMaxMs: 8_000 }
const endlessMs = 1_000_000

function matchingOf(): Matching {
  return new Matching({ ...init, random: seededRandom(1) })
}

/** Owners of one processor each that another has for so long, in ms; 0 where it is free. */
function offerSlots(matching: Matching, leftMs: Readonly<Record<string, number>>): void {
  for (const [owner, left] of Object.entries(leftMs)) {
    matching.offer(left === 0 ? offerOf(owner, 1) : offerOf(owner, 0, { of: 1, leases: [leaseOf('others', 1, left)] }), 0)
  }
}

function submit(matching: Matching, demand: Demand, count = 1): void {
  matching.submit(demand, Array.from({ length: count }).keys(), { now: demand.arrivedAt })
}

/** Looks at everything that was told so far. */
function settled(matching: Matching): readonly Proposal[] {
  return [10, 200].flatMap((now) => matching.next(now, 100))
}

function placed(proposals: readonly Proposal[]): readonly string[] {
  return proposals.map(({ key, owner }) => `${key}@${owner}`).sort()
}

describe('the most senior', () => {
  const seniority = (count: number, more: Partial<Demand>): number =>
    seniorityOf(waitingFrom(demandOf('r', 1, { gang: count > 1, ...more }), [...Array.from({ length: count }).keys()], 0), init.agingMs)

  it('is who came first, a minute earlier for each priority and a quarter of it for each doubling of its units', () => {
    assert.equal(seniority(1, { arrivedAt: 7 }) - seniority(1, { arrivedAt: 0 }), 7)
    assert.equal(seniority(1, { priority: 5, arrivedAt: 60_000 }), seniority(1, {}))
    assert.equal(seniority(16, { arrivedAt: 60_000 }), seniority(1, {}))
    assert.equal(seniority(3, { gang: false }), seniority(1, {}))
  })
})

describe('a reservation', () => {
  it('stays with its holder when it is made anew, whoever has less than the holder’s requester', () => {
    const matching = matchingOf()
    const rich = 'rich' as PeerId
    matching.offer(offerOf('o', 1, { of: 2, leases: [leaseOf('x', 1, 10_000)] }), 0)
    matching.offer(offerOf('p', 0, { of: 2, leases: [leaseOf('rich', 2, endlessMs)] }), 0)
    submit(matching, demandOf('holder', 2, { requester: rich, arrivedAt: 0 }))
    assert.deepEqual(matching.next(0, 100), [])
    submit(matching, demandOf('poor', 2, { arrivedAt: 1 }))
    for (const now of [1, 1_000, 2_000]) assert.deepEqual(matching.next(now, 100), [])
    matching.offer(offerOf('o', 2, { seq: 2 }), 2_500)
    assert.deepEqual(placed(matching.next(2_700, 100)), ['holder@o'])
  })

  it('goes to somebody of a higher priority when it is made anew', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1, { of: 2, leases: [leaseOf('x', 1, 10_000)] }), 0)
    submit(matching, demandOf('holder', 2, { arrivedAt: 0 }))
    assert.deepEqual(matching.next(0, 100), [])
    submit(matching, demandOf('urgent', 2, { priority: 5, arrivedAt: 1 }))
    for (const now of [1, 1_000]) assert.deepEqual(matching.next(now, 100), [])
    matching.offer(offerOf('o', 2, { seq: 2 }), 1_500)
    assert.deepEqual(placed(matching.next(1_500, 100)), ['urgent@o'])
  })

  it('keeps owners that are busy until then, and leaves to others what is free now', () => {
    const matching = matchingOf()
    offerSlots(matching, { free: 0, a: 10_000, b: 10_400 })
    submit(matching, demandOf('holder', 1, { gang: true, arrivedAt: 0 }), 2)
    assert.deepEqual(matching.next(0, 100), [])
    submit(matching, demandOf('long', 1, { durationMs: endlessMs, arrivedAt: 1 }))
    assert.deepEqual(placed(matching.next(1, 100)), ['long@free'])
  })

  it('puts its holder off once, not with every second', () => {
    const matching = matchingOf()
    const slots = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`o${index}`, index * 900]))
    offerSlots(matching, slots)
    submit(matching, demandOf('holder', 1, { gang: true, arrivedAt: 0 }), 2)
    for (let index = 0; index < 20; index++) submit(matching, demandOf(`long-${index}`, 1, { arrivedAt: 1, durationMs: endlessMs }))
    let heldAt: number | undefined
    for (let now = 1; now < 15_000 && heldAt === undefined; now += 100) {
      for (const [owner, endsAt] of Object.entries(slots)) {
        if (endsAt > now - 100 && endsAt <= now) matching.offer(offerOf(owner, 1, { seq: 2 }), now)
      }
      const proposals = matching.next(now, 100)
      if (proposals.some(({ key }) => key === 'holder')) heldAt = now
      for (const proposal of proposals) {
        matching.answered(proposal, { granted: [...proposal.debits.keys()], free: cpus(0), epoch: 1, seq: 3, state: 'open' }, now)
        matching.withdraw(proposal.key)
      }
    }
    assert.ok(heldAt !== undefined && heldAt <= 2_200, `${heldAt}`)
  })

  it('goes on to the next before others have what is left', () => {
    const matching = matchingOf()
    offerSlots(matching, { a: 10_000, b: 10_000, c: 10_000, d: 20_000 })
    submit(matching, demandOf('first', 1, { gang: true, arrivedAt: 0, durationMs: endlessMs }), 2)
    submit(matching, demandOf('second', 1, { gang: true, arrivedAt: 2, durationMs: endlessMs }), 2)
    submit(matching, demandOf('early', 1, { arrivedAt: 1, durationMs: endlessMs }))
    assert.deepEqual(settled(matching), [])
    for (const owner of ['a', 'b', 'c']) matching.offer(offerOf(owner, 1, { seq: 2 }), 500)
    assert.deepEqual(matching.next(500, 100), [])
    const proposals = matching.next(600, 100)
    assert.deepEqual([...new Set(proposals.map(({ key }) => key))], ['first'])
  })
})

describe('room that leases leave', () => {
  it('is gathered while gangs wait, so that what ends together is given away together', () => {
    const matching = matchingOf()
    offerSlots(matching, { a: 10_000, b: 10_000, e: 10_000, c: 50_000, d: 50_000 })
    submit(matching, demandOf('holder', 1, { gang: true, arrivedAt: 0 }), 3)
    submit(matching, demandOf('gang', 1, { gang: true, arrivedAt: 1 }), 2)
    submit(matching, demandOf('single', 1, { arrivedAt: 2 }))
    assert.deepEqual(settled(matching), [])
    matching.offer(offerOf('c', 1, { seq: 2 }), 500)
    assert.deepEqual(matching.next(500, 100), [])
    matching.offer(offerOf('d', 1, { seq: 2 }), 550)
    assert.deepEqual(matching.next(550, 100), [])
    assert.equal(matching.wakeAt(), 600)
    assert.deepEqual(placed(matching.next(600, 100)), ['gang@c', 'gang@d'])
  })

  it('is given away at once where nobody but single requests waits', () => {
    const matching = matchingOf()
    offerSlots(matching, { a: 10_000 })
    submit(matching, demandOf('single', 1, { arrivedAt: 0 }))
    assert.deepEqual(matching.next(0, 100), [])
    matching.offer(offerOf('a', 1, { seq: 2 }), 500)
    assert.deepEqual(placed(matching.next(500, 100)), ['single@a'])
  })
})

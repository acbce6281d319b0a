import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type PeerId, pick, seededRandom } from '@cloudpeer/core'
import { Matching, type Proposal } from '../../src/matching/index.ts'
import { cpus, demandOf, leaseOf, offerOf } from './cluster.ts'

const init = { agingMs: 60_000, holdMs: 5_000, backoffFirstMs: 250, backoffMaxMs: 8_000 }

function matchingOf(seed = 1, absent: ReadonlySet<string> = new Set()): Matching {
  return new Matching({ ...init, random: seededRandom(seed), isPresent: (owner) => !absent.has(owner) })
}

/** Proposals as text: whose units go where. */
function shown(proposals: readonly Proposal[]): readonly string[] {
  return proposals.map(({ key, owner, debits }) => `${key}:${[...debits.keys()].join('+')}@${owner}`)
}

function next(matching: Matching, now = 0): readonly string[] {
  return shown(matching.next(now, 100))
}

function denied(proposal: Proposal, free: number, seq = 2): Parameters<Matching['answered']> {
  return [proposal, { granted: [], free: cpus(free), epoch: 1, seq, state: 'open' }, 0]
}

function granted(proposal: Proposal, free: number, seq = 2): Parameters<Matching['answered']> {
  return [proposal, { granted: [...proposal.debits.keys()], free: cpus(free), epoch: 1, seq, state: 'open' }, 0]
}

describe('who goes first', () => {
  const order = (...keys: readonly (readonly [key: string, more: Parameters<typeof demandOf>[2]])[]): readonly string[] => {
    const matching = matchingOf()
    for (const [key, more] of keys) matching.submit(demandOf(key, 1, more), [0], { now: 0 })
    matching.offer(offerOf('o', keys.length), 0)
    return matching.next(100_000, 100).map(({ key }) => key)
  }

  it('is told by priority, then arrival, then name', () => {
    assert.deepEqual(order(['c', {}], ['b', {}], ['a', { priority: 3 }], ['d', { priority: 9 }], ['e', { arrivedAt: -1 }]), [
      'd',
      'e',
      'b',
      'c',
      'a'
    ])
  })

  it('rises by one priority with each minute of waiting', () => {
    assert.deepEqual(order(['new', { priority: 5, arrivedAt: 50_000 }], ['old', { priority: 4, arrivedAt: 30_000 }]), ['old', 'new'])
  })

  it('depends on what the requester has, counted anew with every unit', () => {
    const requester = 'rich' as PeerId
    assert.deepEqual(
      order(['r1', { requester }], ['r2', { requester }], ['r3', { requester }], ['s1', { arrivedAt: 5 }], ['s2', { arrivedAt: 6 }]),
      ['r1', 's1', 's2', 'r2', 'r3']
    )
  })

  it('counts what leases say that somebody has', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1, { of: 3, leases: [leaseOf('rich', 2)] }), 0)
    matching.submit(demandOf('a', 1, { requester: 'rich' as PeerId, arrivedAt: -9 }), [0], { now: 0 })
    matching.submit(demandOf('b', 1), [0], { now: 0 })
    assert.deepEqual(next(matching), ['b:0@o'])
  })
})

describe('where it goes', () => {
  it('is the owner that has least left over', () => {
    const matching = matchingOf()
    for (const [owner, free] of [
      ['large', 8],
      ['tight', 2],
      ['middle', 4]
    ] as const)
      matching.offer(offerOf(owner, free, { of: 8 }), 0)
    matching.submit(demandOf('r', 2), [0], { now: 0 })
    assert.deepEqual(next(matching), ['r:0@tight'])
  })

  it('is an owner that is open, present and acceptable', () => {
    const matching = matchingOf(1, new Set(['absent']))
    matching.offer(offerOf('absent', 1), 0)
    matching.offer(offerOf('closed', 1, { state: 'closed' }), 0)
    matching.offer(offerOf('other', 1), 0)
    matching.submit(demandOf('r', 1, { accepts: ({ owner }) => owner !== 'other' }), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
    matching.offer(offerOf('closed', 1, { seq: 2 }), 0)
    assert.deepEqual(next(matching), ['r:0@closed'])
  })

  it('puts several units of one request into one proposal, and asks an owner nothing else for it until it answers', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 2, { of: 4 }), 0)
    matching.submit(demandOf('r', 1), [0, 1, 2], { now: 0 })
    const [proposal] = matching.next(0, 100)
    assert.deepEqual(shown([proposal as Proposal]), ['r:0+1@o'])
    matching.offer(offerOf('o', 4, { seq: 2 }), 0)
    assert.deepEqual(next(matching), [])
    matching.answered(...granted(proposal as Proposal, 2, 3))
    assert.deepEqual(next(matching), ['r:2@o'])
  })

  it('stops at the most proposals that may be made, and goes on with the rest', () => {
    const matching = matchingOf()
    for (const owner of ['a', 'b', 'c']) matching.offer(offerOf(owner, 1), 0)
    for (const key of ['x', 'y', 'z']) matching.submit(demandOf(key, 1), [0], { now: 0 })
    assert.equal(matching.next(0, 2).length, 2)
    assert.equal(matching.wakeAt(), Number.NEGATIVE_INFINITY)
    assert.equal(matching.next(0, 2).length, 1)
  })
})

describe('answers', () => {
  it('take the place of what was believed: a denial tells what is free', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 4), 0)
    matching.submit(demandOf('r', 4), [0], { now: 0 })
    const [proposal] = matching.next(0, 100)
    matching.answered(...denied(proposal as Proposal, 1))
    matching.submit(demandOf('s', 2), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
    matching.submit(demandOf('t', 1), [0], { now: 0 })
    assert.deepEqual(next(matching), ['t:0@o'])
  })

  it('that deny leave the owner alone for a while, unless it says something new', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 2), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    matching.answered(...denied(matching.next(0, 100)[0] as Proposal, 2))
    assert.deepEqual(next(matching), [])
    const wakeAt = matching.wakeAt() as number
    assert.ok(wakeAt > 0 && wakeAt <= init.backoffFirstMs)
    const [again] = matching.next(wakeAt, 100)
    matching.answered(...denied(again as Proposal, 1, 3))
    assert.deepEqual(next(matching, wakeAt), [])
    matching.offer(offerOf('o', 2, { seq: 4 }), wakeAt)
    assert.deepEqual(next(matching, wakeAt), ['r:0@o'])
  })

  it('that older offers follow are not forgotten', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    matching.answered(...granted(matching.next(0, 100)[0] as Proposal, 0, 3))
    matching.offer(offerOf('o', 1, { seq: 2 }), 0)
    matching.submit(demandOf('s', 1), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
  })

  it('that grant are believed for as long as a hold lasts', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.offer(offerOf('p', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    matching.answered(...granted(matching.next(0, 100)[0] as Proposal, 0))
    assert.deepEqual(next(matching, 4_999), [])
    assert.equal(next(matching, 5_001).length, 1)
  })

  it('that do not come keep the capacity for as long as a hold lasts, and count for the requester', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    const [proposal] = matching.next(0, 100)
    matching.failed(proposal as Proposal, true, 0)
    matching.submit(demandOf('s', 1), [0], { now: 0 })
    assert.deepEqual(next(matching, 4_000), [])
    matching.offer(offerOf('p', 1), 4_000)
    assert.deepEqual(next(matching, 4_000), ['s:0@p'])
    assert.deepEqual(next(matching, 5_001), ['r:0@o'])
  })

  it('that could not be asked for give the capacity back at once', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    matching.failed(matching.next(0, 100)[0] as Proposal, false, 0)
    matching.submit(demandOf('s', 1, { arrivedAt: 1 }), [0], { now: 0 })
    assert.deepEqual(next(matching), ['s:0@o'])
  })

  it('for what was withdrawn change nothing but the owner', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0 })
    const [proposal] = matching.next(0, 100)
    matching.withdraw('r')
    matching.answered(...denied(proposal as Proposal, 1))
    assert.deepEqual(matching.size, { waiting: 0, owners: 1 })
    assert.deepEqual(next(matching), [])
  })
})

describe('a request', () => {
  it('waits its time before it is proposed first, and after that goes at once', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1), [0], { now: 0, notBefore: 150 })
    assert.deepEqual(next(matching), [])
    assert.equal(matching.wakeAt(), 150)
    assert.deepEqual(next(matching, 150), ['r:0@o'])
  })

  it('that is told again is wanted as it is told now', () => {
    const matching = matchingOf()
    matching.submit(demandOf('r', 1), [0, 1, 2], { now: 0 })
    matching.submit(demandOf('r', 1), [1], { now: 0 })
    matching.offer(offerOf('o', 3), 0)
    assert.deepEqual(next(matching), ['r:1@o'])
  })

  it('that is relaxed goes where it could not before', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1), 0)
    matching.submit(demandOf('r', 1, { accepts: () => false }), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
    matching.submit(demandOf('r', 1), [0], { now: 0, changed: true })
    assert.deepEqual(next(matching), ['r:0@o'])
  })
})

describe('a gang', () => {
  it('is placed as a whole or not at all', () => {
    const matching = matchingOf()
    matching.submit(demandOf('g', 1, { gang: true }), [0, 1, 2], { now: 0 })
    matching.offer(offerOf('a', 2), 0)
    assert.deepEqual(next(matching), [])
    matching.offer(offerOf('b', 1), 0)
    const proposals = matching.next(matching.wakeAt() as number, 100)
    assert.deepEqual(proposals.flatMap(({ debits }) => [...debits.keys()]).sort(), [0, 1, 2])
    assert.equal(proposals.length, 2)
  })

  it('of ten or more asks for a tenth more than it needs, where there is room', () => {
    const matching = matchingOf()
    for (let index = 0; index < 20; index++) matching.offer(offerOf(`o${index}`, 1), 0)
    matching.submit(demandOf('g', 1, { gang: true }), Array.from({ length: 10 }).keys(), { now: 0 })
    assert.equal(matching.next(0, 100).length, 11)
  })

  it('that was not taken is placed anew as a whole', () => {
    const matching = matchingOf()
    for (const owner of ['a', 'b', 'c']) matching.offer(offerOf(owner, 1), 0)
    matching.submit(demandOf('g', 1, { gang: true }), [0, 1, 2], { now: 0 })
    matching.next(0, 100).forEach((proposal, index) => {
      const answer = { granted: [...proposal.debits.keys()], free: cpus(0), epoch: 1, seq: 2, state: 'open' } as const
      matching.answered(proposal, answer, index * 100)
    })
    for (const owner of ['a', 'b', 'c']) matching.offer(offerOf(owner, 1, { seq: 3 }), 4_000)
    assert.deepEqual(next(matching, 4_000), [])
    assert.equal(next(matching, 5_000).length, 3)
  })

  it('that nothing known could ever hold keeps nothing from others', () => {
    const matching = matchingOf()
    matching.offer(offerOf('o', 0, { of: 2, leases: [leaseOf('x', 2, 1_000)] }), 0)
    matching.submit(demandOf('g', 1, { gang: true, arrivedAt: -9 }), [0, 1, 2], { now: 0 })
    assert.deepEqual(next(matching), [])
    matching.submit(demandOf('s', 1), [0], { now: 0 })
    matching.offer(offerOf('o', 1, { of: 2, seq: 2, leases: [leaseOf('x', 1, 500)] }), 500)
    assert.deepEqual(next(matching, 500), ['s:0@o'])
  })
})

describe('backfill', () => {
  /** A machine of two processors, one of them leased for another 10 s, and a first request that needs both. */
  function waitingHead(): Matching {
    const matching = matchingOf()
    matching.offer(offerOf('o', 1, { of: 2, leases: [leaseOf('x', 1, 10_000)] }), 0)
    matching.submit(demandOf('head', 2, { arrivedAt: -9, durationMs: 1_000 }), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
    return matching
  }

  it('lets nobody pass who would delay the first', () => {
    const matching = waitingHead()
    matching.submit(demandOf('long', 1, { durationMs: 20_000 }), [0], { now: 0 })
    matching.submit(demandOf('endless', 1), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
  })

  it('lets pass who is done before, and who uses what is left over', () => {
    const matching = waitingHead()
    matching.submit(demandOf('short', 1, { durationMs: 9_000 }), [0], { now: 0 })
    assert.deepEqual(next(matching), ['short:0@o'])
    matching.offer(offerOf('p', 1), 0)
    matching.submit(demandOf('elsewhere', 1), [0], { now: 0 })
    assert.deepEqual(next(matching), ['elsewhere:0@p'])
  })

  it('gives the room to the first when it is there', () => {
    const matching = waitingHead()
    matching.submit(demandOf('long', 1, { durationMs: 20_000 }), [0], { now: 0 })
    matching.offer(offerOf('o', 2, { seq: 2 }), 10_000)
    assert.deepEqual(next(matching, 10_000), ['head:0@o'])
  })

  it('ends with the first: what was kept is anybody’s', () => {
    const matching = waitingHead()
    matching.submit(demandOf('long', 1, { durationMs: 20_000 }), [0], { now: 0 })
    assert.deepEqual(next(matching), [])
    matching.withdraw('head')
    assert.deepEqual(next(matching, matching.wakeAt()), ['long:0@o'])
  })
})

describe('without gangs and reservations', () => {
  it('places what a brute-force reading would: nobody who fits anywhere is left waiting, and nothing is given twice', () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed)
      const matching = matchingOf(seed)
      const free = new Map(Array.from({ length: 8 }, (_, index) => [`o${index}`, 0]))
      const seq = new Map<string, number>()
      const waiting = new Map<string, number>()
      let now = 0
      for (let step = 0; step < 150; step++) {
        now += 1
        if (random.next() < 0.5) {
          const key = `r${step}`
          waiting.set(key, 1 + random.integer(4))
          matching.submit(demandOf(key, waiting.get(key) as number, { priority: random.integer(10), arrivedAt: now }), [0], { now })
        } else {
          const owner = pick(random, [...free.keys()])
          free.set(owner, random.integer(6))
          seq.set(owner, (seq.get(owner) ?? 0) + 1)
          matching.offer(offerOf(owner, free.get(owner) as number, { of: 6, seq: seq.get(owner) as number }), now)
        }
        for (let round = 0; round < 100 && (matching.wakeAt() ?? now + 1) <= now; round++) {
          for (const proposal of matching.next(now, 100)) {
            const { owner, key, debits } = proposal
            const left = (free.get(owner) as number) - (waiting.get(key) as number)
            assert.ok(left >= 0, `${key} at ${owner}, step ${step}, seed ${seed}`)
            assert.equal(debits.size, 1)
            free.set(owner, left)
            seq.set(owner, (seq.get(owner) as number) + 1)
            matching.answered(...granted(proposal, left, seq.get(owner) as number))
            matching.withdraw(key)
            waiting.delete(key)
          }
        }
        const most = Math.max(...free.values())
        const fitting = [...waiting].filter(([, amount]) => amount <= most)
        assert.deepEqual(fitting, [], `step ${step}, seed ${seed}`)
      }
    }
  })
})

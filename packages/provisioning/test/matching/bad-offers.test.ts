import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type PeerId, pick, type Random, seededRandom } from '@cloudpeer/core'
import type { Allocation, Amounts, Capacity } from '@cloudpeer/model'
import { Matching } from '../../src/matching/index.ts'
import { demandOf } from './cluster.ts'

const names = ['ports', 'constructor', '__proto__', 'toString']

function othersOf(random: Random): Readonly<Record<string, number>> {
  return Object.fromEntries(names.filter(() => random.next() < 0.3).map((name) => [name, random.integer(5)]))
}

function capacityOf(random: Random): Capacity {
  const gpus = Array.from({ length: random.integer(4) }, () => ({ model: pick(random, ['', 'A', 'B']), milli: random.integer(1001) }))
  return { cpuMilli: random.integer(9), memoryMib: random.integer(3), diskMib: random.integer(3), gpus, others: othersOf(random) }
}

function allocationOf(random: Random): Allocation {
  const gpus = Array.from({ length: random.integer(3) }, () => ({ place: random.integer(64), milli: 1 + random.integer(1000) }))
  return { cpuMilli: random.integer(20), memoryMib: random.integer(9), diskMib: 0, gpus, others: othersOf(random) }
}

function amountsOf(random: Random): Amounts {
  const gpu = { count: 1 + random.integer(3), milli: 1 + random.integer(1000), models: random.next() < 0.5 ? [] : ['A'] }
  return {
    cpuMilli: random.integer(6),
    memoryMib: random.integer(2),
    diskMib: 0,
    others: othersOf(random),
    ...(random.next() < 0.5 && { gpu })
  }
}

it('offers that contradict themselves harm nobody: the matching goes on, and asks for what they say is free', () => {
  let proposed = 0
  for (let seed = 0; seed < 10; seed++) {
    const random = seededRandom(seed)
    const matching = new Matching({ random, agingMs: 10, holdMs: 20, backoffFirstMs: 1, backoffMaxMs: 8 })
    for (let now = 0; now < 150; now++) {
      const owner = `o${random.integer(6)}` as PeerId
      const leases = Array.from({ length: random.integer(5) }, () => ({
        requester: `r${random.integer(9)}` as PeerId,
        allocation: allocationOf(random),
        ...(random.next() < 0.7 && { leftMs: random.integer(50) })
      }))
      const word = { epoch: 1 + random.integer(2), seq: now + 1, state: 'open' as const, free: capacityOf(random) }
      matching.offer({ owner, attributes: {}, total: capacityOf(random), leases, ...word }, now)
      const gang = random.next() < 0.3
      const units = Array.from({ length: 1 + random.integer(4) }).keys()
      matching.submit(demandOf(`r${now}`, 1, { gang, amounts: amountsOf(random), durationMs: 1 + random.integer(60) }), units, { now })
      for (const proposal of matching.next(now, 50)) {
        proposed++
        const free = matching.owner(proposal.owner)?.free as Capacity
        assert.ok(
          [free.cpuMilli, free.memoryMib, ...free.gpus.map(({ milli }) => milli), ...Object.values(free.others)].every((left) => left >= 0)
        )
        if (random.next() < 0.3) matching.failed(proposal, random.next() < 0.5, now)
        else matching.answered(proposal, { ...word, granted: [random.integer(3), 999] }, now)
      }
    }
  }
  assert.ok(proposed > 500, `${proposed}`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pick, type Random, seededRandom } from '@cloudpeer/core'
import type { LeaseStatus } from '../src/provisioning.ts'
import { cpus, createTestCloud, offering, type TestCloud } from './network.ts'

const options = { leaseMs: 3_000, holdMs: 1_000 }
/** Nodes 0 and 1 have a processor each; 2 wants both, together, and 3 wants one. */
const [owners, requesters] = [
  [0, 1],
  [2, 3]
] as const

/** What goes wrong for a while: nobody crashes, and monotonic clocks go on. */
const troubles: readonly ((cloud: TestCloud, random: Random) => () => void)[] = [
  ({ network, node }, random) => network.freeze(node(random.integer(4)).peer),
  ({ network, node }, random) => network.slow(node(random.integer(4)).peer, 20),
  ({ network, node }, random) => network.jump(node(random.integer(4)).peer, (random.next() - 0.5) * 1e9),
  // One way alone: what is asked arrives, and the answer does not, or the other way about.
  ({ network, node }, random) => network.block(node(pick(random, requesters)).peer, node(pick(random, owners)).peer),
  ({ network, node }, random) => network.block(node(pick(random, owners)).peer, node(pick(random, requesters)).peer)
]

/** Whoever has nothing any more asks for the same once more. */
function askAgain({ node }: TestCloud, index: number): void {
  const { provisioning } = node(index)
  if (provisioning.status().requests > 0) return
  const count = index === 2 ? 2 : 1
  void provisioning.create({ expression: 'true', amounts: cpus(1_000), count, gang: true, durationMs: count * 2_500 })
}

/** Leases that requesters rely on at this moment. */
function believed({ node }: TestCloud): readonly LeaseStatus[] {
  const all = requesters.flatMap((index) => node(index).provisioning.leases())
  return all.filter(({ side, state, leftMs }) => side === 'requester' && state === 'active' && leftMs > 0)
}

/** Every lease that is relied on is active at its owner, for no shorter time; none of them is of the same processor as another. */
function judge(cloud: TestCloud, when: string): number {
  const beliefs = believed(cloud)
  for (const { id, lease, leftMs } of beliefs) {
    const owner = owners.map(cloud.node).find(({ peer }) => peer === lease.owner)
    const granted = owner?.provisioning.leases().find((other) => other.side === 'owner' && other.id === id)
    assert.equal(granted?.state, 'active', `${when}: ${id} has ended`)
    assert.ok(leftMs <= granted.leftMs, `${when}: ${id} lasts ${granted.leftMs} ms, its requester counts on ${leftMs}`)
  }
  assert.equal(new Set(beliefs.map(({ lease }) => lease.owner)).size, beliefs.length, `${when}: two leases of one processor`)
  return beliefs.length
}

for (const seed of [1, 2, 3]) {
  test(`anytime_a_requester_relies_on_a_lease_no_longer_than_its_owner_keeps_it, whoever stands still: seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const cloud = await createTestCloud({ size: 4, options, capacity: (index) => (index < 2 ? offering(1_000) : undefined) })
    let relied = 0
    for (let round = 0; round < 60; round++) {
      for (const index of requesters) askAgain(cloud, index)
      const lift = round % 3 === 0 ? undefined : pick(random, troubles)(cloud, random)
      const forMs = 10 * (1 + random.integer(400))
      for (let ms = 0; ms < forMs; ms += 10) {
        await cloud.time.advance(10)
        relied += judge(cloud, `round ${round}, ${ms} ms`)
      }
      lift?.()
    }
    assert.ok(relied > 500, `${relied} looks at leases`)
  })
}

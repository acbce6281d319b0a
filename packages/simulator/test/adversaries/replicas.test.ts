import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import type { SimulatedNode } from '@cloudpeer/simulator'
import {
  type Adversary,
  type AdversaryGround,
  createBabblingReplica,
  createComplainingReplica,
  createIrrelevantReplica,
  createOmittingReplica,
  createRefusingReplica,
  createSlowReplica,
  createSybils
} from '../../src/adversaries/index.ts'
import {
  assertAllFound,
  assertNobodyAway,
  assertRegisters,
  assertSound,
  createHostileCloud,
  type HostileCloud,
  honestNames,
  newcomerReadyAfterMs
} from './hostile-cloud.ts'

const seeds = [1, 2]
const registry = { antiEntropyIntervalMs: 2_000 }

const obstinate: Readonly<Record<string, (ground: AdversaryGround) => Adversary>> = {
  slow: createSlowReplica,
  complaining: createComplainingReplica,
  refusing: (ground) => createRefusingReplica(ground),
  babbling: createBabblingReplica
}

function open(seed: number, ...make: readonly ((ground: AdversaryGround) => Adversary)[]): Promise<HostileCloud> {
  return createHostileCloud({ seed, registry, adversaries: (ground) => make.map((create) => create(ground)) })
}

for (const [kind, create] of Object.entries(obstinate)) {
  for (const seed of seeds) {
    test(`anytime_a_${kind}_replica_hides_nothing_and_stops_nobody: seed ${seed}`, async () => {
      const hostile = await open(seed, create)
      await hostile.run(20)
      await assertAllFound(hostile, { strong: false })
      await assertAllFound(hostile)
      await assertRegisters(hostile, 'new')
      assertNobodyAway(hostile)
      assert.ok([...(hostile.adversaries[0] as Adversary).effects.values()].some((times) => times > 0))
      await hostile.stop()
    })
  }

  test(`eventually_a_newcomer_is_complete_beside_a_${kind}_replica`, async () => {
    const hostile = await open(5, create)
    await hostile.run(2)
    await newcomerReadyAfterMs(hostile, 180_000)
    await hostile.stop()
  })
}

for (const seed of seeds) {
  test(`anytime_answers_are_sound_whatever_a_replica_sends: seed ${seed}`, async () => {
    const hostile = await open(seed, createIrrelevantReplica)
    for (let round = 0; round < 10; round++) {
      await hostile.run(1)
      await assertSound(hostile)
    }
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    assert.ok(hostile.effect('reads') > 0)
    await hostile.stop()
  })

  test(`anytime_a_strong_read_sees_past_two_omitting_replicas_of_five: seed ${seed}`, async () => {
    const hostile = await open(seed, (ground) => createSybils(ground, { count: 2 }))
    await hostile.run(20)
    await assertAllFound(hostile)
    await assertSound(hostile)
    await assertRegisters(hostile, 'new')
    assert.ok(hostile.effect('reads answered with nothing') > 0)
    await hostile.stop()
  })
}

test('eventually_a_newcomer_is_complete_although_a_replica_draws_every_comparison_out', async () => {
  const hostile = await open(1, (ground) => createBabblingReplica(ground, { nonsense: false, delayMs: 4_500 }))
  await hostile.run(2)
  for (const machine of [1, 2, 3, 4]) await newcomerReadyAfterMs(hostile, 400_000, 1_000 + machine)
  assert.ok(hostile.effect('comparisons') > 0)
  await hostile.stop()
})

test('anytime_probing_goes_on_although_a_member_answers_probes_with_errors_of_ours', async () => {
  const hostile = await open(1, (ground) => createRefusingReplica(ground, ['CANCELLED']))
  await hostile.run(40)
  const before = hostile.honest.map(probesSent)
  await hostile.cloud.time.advance(20_000)
  for (const [index, node] of hostile.honest.entries()) assert.ok(probesSent(node) - (before[index] as number) >= 20)
  assert.ok(hostile.effect('CANCELLED') > 0)
  await hostile.stop()
})

test('known_limit: a default read at an omitting replica lacks services without a word', async () => {
  const hostile = await open(1, createOmittingReplica)
  await hostile.run(5)
  const lacking = await answersThatLack(hostile, false)
  assert.ok(lacking > 0)
  await assertAllFound(hostile)
  await hostile.stop()
})

test('known_limit: five identities ground around a shard are all of its replicas, and hide services from strong reads', async () => {
  const hostile = await open(1, (ground) => createSybils(ground, { count: 5, keysTried: 2_000 }))
  await hostile.run(5)
  assert.ok((await answersThatLack(hostile, true)) > 0)
  await hostile.stop()
})

test('known_limit: identities that are all replicas of a shard acknowledge a registration and throw it away', async () => {
  const hostile = await open(1, (ground) => createSybils(ground, { count: 5, keysTried: 2_000, stores: false }))
  await hostile.run(5)
  const [owner, asker] = hostile.honest as [SimulatedNode, SimulatedNode]
  const description = parseDescription({ name: 'lost', attributes: { port: 1 } }, hostile.cloud.schema)
  const [registration] = await hostile.cloud.time.settle(owner.registry.register([description]))
  assert.ok((registration?.acknowledged ?? 0) >= 3)
  const { matches, partial } = await hostile.ask(asker, 'name == "lost"', true)
  assert.deepEqual([matches.length, partial], [0, false])
  await hostile.stop()
})

/** How many honest nodes get an answer that is not partial and still lacks an honest service. */
async function answersThatLack(hostile: HostileCloud, strong: boolean): Promise<number> {
  const wanted = honestNames(hostile)
  const lacking = new Set<PeerId>()
  for (const node of hostile.honest) {
    for (let time = 0; time < 5; time++) {
      const { matches, partial } = await hostile.ask(node, 'port >= 1', strong)
      const names = new Set(matches.map(({ name }) => name))
      if (!partial && wanted.some((name) => !names.has(name))) lacking.add(node.peer)
    }
  }
  return lacking.size
}

/** Probes, and answers to probes, that a node has sent. */
function probesSent({ metrics }: SimulatedNode): number {
  return metrics.sum('cloudpeer_transport_messages_total', { protocol: '/cloudpeer/overlay/probe/1', direction: 'sent' })
}

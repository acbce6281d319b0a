import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryAnswer } from '@cloudpeer/registry'
import type { SimulatedNode } from '@cloudpeer/simulator'
import {
  type Adversary,
  type AdversaryGround,
  createEquivocator,
  createForger,
  createPoisoner,
  createReplayer
} from '../../src/adversaries/index.ts'
import {
  assertAllFound,
  assertNobodyAway,
  assertRegisters,
  createHostileCloud,
  type HostileCloud,
  newcomerReadyAfterMs
} from './hostile-cloud.ts'

const registry = { antiEntropyIntervalMs: 2_000 }

for (const seed of [1, 2]) {
  test(`anytime_what_its_owner_did_not_sign_is_refused: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, registry, adversaries: (ground) => [createForger(ground)] })
    await hostile.run(10)
    for (const node of hostile.honest) assert.deepEqual((await hostile.ask(node, 'name == "forged"', true)).matches, [])
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    assert.equal(hostile.effect('taken'), 0)
    for (const effect of ['forged', 'stripped', 'RECORD_FORGED', 'RECORD_OF_ANOTHER_NETWORK', 'INVALID'])
      assert.ok(hostile.effect(effect) > 0)
    await hostile.stop()
  })

  test(`anytime_an_old_version_written_again_changes_nothing: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, registry, adversaries: (ground) => [createReplayer(ground)] })
    await hostile.run(5)
    const [changing, removing] = hostile.honest as [SimulatedNode, SimulatedNode]
    await hostile.register(changing, 'a-0', 50)
    await hostile.cloud.time.settle(removing.registry.remove('b-1'))
    await hostile.cloud.time.advance(1_000)
    for (let round = 0; round < 5; round++) {
      await hostile.run(4)
      for (const node of hostile.honest) await assertNewestOnly(hostile, node)
    }
    assertNobodyAway(hostile)
    assert.ok(hostile.effect('RECORD_STALE') > 0 && hostile.effect('announcements replayed') > 0)
    await hostile.stop()
  })

  test(`eventually_all_nodes_choose_the_same_of_two_records_for_one_version: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, registry, adversaries: (ground) => [createEquivocator(ground)] })
    await hostile.run(30)
    const answers = new Set<unknown>()
    for (const node of hostile.honest) answers.add((await hostile.ask(node, 'name == "twin-0"')).matches[0]?.attributes.cores)
    assert.deepEqual([...answers], [1])
    await assertAllFound(hostile)
    assert.ok(hostile.effect('equivocated') > 1)
    await hostile.stop()
  })

  test(`anytime_poison_with_a_right_signature_harms_nobody: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, registry, adversaries: (ground) => [createPoisoner(ground)] })
    await hostile.run(15)
    await assertAllFound(hostile)
    for (const orderBy of ['kind', 'kind:desc', 'cores', 'cores:desc', 'load']) await assertAllPages(hostile, orderBy)
    await assertRegisters(hostile, 'new')
    assertNobodyAway(hostile)
    assert.equal(hostile.effect('INTERNAL'), 0)
    for (const effect of ['taken', 'INVALID', 'MALFORMED', 'QUERY_TOO_COMPLEX', 'QUERY_SYNTAX', 'QUERY_UNSUPPORTED']) {
      assert.ok(hostile.effect(effect) > 0, effect)
    }
    await hostile.stop()
  })
}

test('known_limit: a removed service comes back at a new replica once its tombstone is forgotten, for one ttl', async () => {
  const short = { ...registry, ttlMs: 5_000 }
  const make = (ground: AdversaryGround): readonly Adversary[] => [createReplayer(ground, { tombstones: false })]
  const hostile = await createHostileCloud({ seed: 1, registry: short, adversaries: make })
  await hostile.run(5)
  await hostile.cloud.time.settle((hostile.honest[1] as SimulatedNode).registry.remove('b-1'))
  await hostile.run(60)
  assert.equal(await timesFound(hostile, 'b-1'), 0)
  let found = 0
  for (let second = 0; second < 8; second++) {
    if (second < 3) await newcomerReadyAfterMs(hostile, 60_000, 1_000 + second)
    await hostile.run(1)
    found += await timesFound(hostile, 'b-1')
  }
  assert.ok(found > 0)
  await hostile.run(30)
  assert.equal(await timesFound(hostile, 'b-1'), 0)
  await hostile.stop()
})

/** Fails unless the changed service is found as it is now, and the removed one is not found. */
async function assertNewestOnly(hostile: HostileCloud, node: SimulatedNode): Promise<void> {
  for (const strong of [false, true]) {
    const changed = await hostile.ask(node, 'name == "a-0"', strong)
    assert.deepEqual(
      changed.matches.map(({ attributes }) => attributes.cores),
      [50]
    )
    assert.deepEqual((await hostile.ask(node, 'name == "b-1"', strong)).matches, [])
  }
}

/** Fails unless an ordered answer can be read to its end, page by page, and has every honest service once. */
async function assertAllPages({ cloud, honest }: HostileCloud, orderBy: string): Promise<void> {
  const found: string[] = []
  const asker = honest[4] as SimulatedNode
  for (let after: string | undefined, pages = 0; pages < 100; pages++) {
    const request = { expression: 'true', orderBy, limit: 7, ...(after && { after }) }
    const answer: QueryAnswer = await cloud.time.settle(asker.registry.query(request))
    found.push(...answer.matches.filter(({ attributes }) => attributes.kind === 'honest').map(({ name }) => name))
    after = answer.next
    if (!answer.more) break
  }
  assert.equal(found.length, 2 * honest.length)
  assert.equal(new Set(found).size, found.length)
}

async function timesFound(hostile: HostileCloud, name: string): Promise<number> {
  let times = 0
  for (const node of hostile.cloud.nodes)
    times += (await hostile.ask(node, `name == "${name}" && cores >= 1 && kind == "honest"`)).matches.length
  return times
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGossipFlood, createRecordFlood, createRequestFlood } from '../../src/adversaries/index.ts'
import { assertAllFound, assertNobodyAway, assertRegisters, createHostileCloud } from './hostile-cloud.ts'

for (const seed of [1]) {
  test(`anytime_a_flood_of_requests_is_told_to_wait_and_others_are_served: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, adversaries: (ground) => [createRequestFlood(ground, { burst: 200 })] })
    for (let round = 0; round < 3; round++) {
      await hostile.run(1)
      for (const node of hostile.honest) assert.ok((await hostile.ask(node, 'cores >= 1')).stats.latencyMs < 500)
    }
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    assertNobodyAway(hostile)
    assert.ok(hostile.effect('BUSY') > 0 && hostile.effect('MALFORMED') > 0 && hostile.effect('answered') > 0)
    await hostile.stop()
  })

  test(`anytime_one_owner_fills_no_more_than_its_quota: seed ${seed}`, async () => {
    const registry = { recordsPerOwnerMax: 300 }
    const hostile = await createHostileCloud({ seed, registry, adversaries: (ground) => [createRecordFlood(ground)] })
    await hostile.run(10)
    for (const node of hostile.honest) assert.ok(node.registry.status().shards.records <= 300 + 2 * hostile.honest.length)
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    assertNobodyAway(hostile)
    assert.ok(hostile.effect('QUOTA_EXCEEDED') > 0 && hostile.effect('taken') > 0)
    await hostile.stop()
  })

  test(`anytime_nobody_passes_garbage_on_nor_stumbles_over_it: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, adversaries: (ground) => [createGossipFlood(ground)] })
    await hostile.run(10)
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    assertNobodyAway(hostile)
    assert.deepEqual(new Set(hostile.honest.map(({ overlay }) => overlay.members().length)), new Set([hostile.honest.length]))
    assert.ok(hostile.effect('messages') > 0)
    await hostile.stop()
  })
}

test('anytime_owners_that_nobody_knows_fill_no_replica', async () => {
  const registry = { recordsMax: 400 }
  const flood = { perSecond: 200, owners: 50 }
  const hostile = await createHostileCloud({ seed: 1, registry, adversaries: (ground) => [createRecordFlood(ground, flood)] })
  await hostile.run(10)
  await assertAllFound(hostile)
  await assertRegisters(hostile, 'new')
  for (const node of hostile.honest) assert.ok(node.registry.status().shards.records <= registry.recordsMax / 4)
  await hostile.stop()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimulatedNode } from '@cloudpeer/simulator'
import { createInventor, createPretender, createSlanderer } from '../../src/adversaries/index.ts'
import {
  assertAllFound,
  assertNobodyAway,
  assertRegisters,
  codeOf,
  createHostileCloud,
  type HostileCloud,
  honestNames
} from './hostile-cloud.ts'

/** Longest that a slandered member may be held away, in ms: it hears of it with the next probe. */
const heldAwayMsMax = 2_000

for (const seed of [1, 2]) {
  test(`anytime_a_slandered_member_speaks_against_it_at_once: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, adversaries: (ground) => [createSlanderer(ground)] })
    const longest = await longestAwayMs(hostile, 20_000)
    assert.ok(longest <= heldAwayMsMax, `${longest} ms`)
    await assertAllFound(hostile)
    await assertRegisters(hostile, 'new')
    for (const adversary of hostile.adversaries) await hostile.cloud.time.settle(adversary.stop())
    await hostile.run(15)
    assertNobodyAway(hostile)
    assert.ok(hostile.effect('rumours') > 0)
    assert.ok(hostile.honest.every(({ metrics }) => metrics.sum('cloudpeer_overlay_refutations_total') > 0))
  })

  test(`anytime_only_the_founder_changes_the_schema: seed ${seed}`, async () => {
    const hostile = await createHostileCloud({ seed, adversaries: (ground) => [createPretender(ground)] })
    await hostile.run(10)
    for (const { overlay } of hostile.honest) assert.equal(overlay.network.schemaVersion, 1)
    const founder = hostile.honest.find(({ peer, overlay }) => peer === overlay.network.founder) as SimulatedNode
    await hostile.cloud.time.settle(founder.overlay.publishSchema({ version: 2, attributes: {} }, 2))
    await hostile.run(2)
    for (const { overlay } of hostile.honest) assert.equal(overlay.network.schemaVersion, 2)
    await assertAllFound(hostile)
    assert.ok(hostile.effect('asked for its schema') > 0 && hostile.effect('published') > 0)
    await hostile.stop()
  })
}

test('known_limit: invented members take the place of replicas: answers are partial, and registrations wait in vain', async () => {
  const hostile = await createHostileCloud({
    seed: 1,
    adversaries: (ground) => [createInventor(ground, { perSecond: 60, membersMax: 360 })]
  })
  let partialAnswers = 0
  for (let second = 0; second < 4; second++) {
    await hostile.cloud.time.advance(1_000)
    for (const node of hostile.honest.slice(0, 4)) {
      const { matches, partial } = await hostile.ask(node, 'port >= 1')
      assert.ok(partial || matches.length === honestNames(hostile).length, 'nothing is missing in silence')
      if (partial) partialAnswers++
    }
  }
  assert.ok(partialAnswers > 0)
  assert.equal(await codeOf(hostile.register(hostile.honest[0] as SimulatedNode, 'new', 100)), 'UNACKNOWLEDGED')
  await hostile.stop()
})

/** The longest time for which an honest node held another one to be away, in ms, looked at five times a second. */
async function longestAwayMs({ cloud, honest }: HostileCloud, durationMs: number): Promise<number> {
  const since = new Map<string, number>()
  let longest = 0
  for (const end = cloud.time.now + durationMs; cloud.time.now < end; ) {
    await cloud.time.advance(200)
    for (const { peer: by, overlay } of honest) {
      for (const { peer } of honest) {
        const key = `${by} ${peer}`
        if (overlay.member(peer)?.state !== 'AWAY') since.delete(key)
        else since.set(key, since.get(key) ?? cloud.time.now)
        longest = Math.max(longest, cloud.time.now - (since.get(key) ?? cloud.time.now))
      }
    }
  }
  return longest
}

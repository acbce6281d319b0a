import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chances, explore } from './explore.ts'
import type { World } from './lease-world.ts'
import { type Rules, shipped } from './steps.ts'

test('anytime_the_one_unit_that_there_is_has_one_user_in_a_million_worlds', () => {
  const plain = explore(shipped, 12)
  const gangs = explore({ ...shipped, gangs: true }, 11)
  const recalls = explore(shipped, 10, { ...chances, recalls: 1 })
  assert.deepEqual([plain.failure, gangs.failure, recalls.failure], [undefined, undefined, undefined])
  assert.ok(plain.worlds + gangs.worlds + recalls.worlds > 1_000_000, `${plain.worlds}, ${gangs.worlds} and ${recalls.worlds} worlds`)
})

/** Without crashes and repetitions fewer worlds are near, and the same time leads deeper. */
const calm: World['left'] = { proposals: 2, twice: 0, crashes: 0, delays: 0, recalls: 0 }
/** What nobody but a crash brings to light. */
const crashing: World['left'] = { ...calm, crashes: 1 }
/** The operator calls a lease back. */
const recalling: World['left'] = { ...calm, recalls: 1 }

const planted: readonly (readonly [bug: string, change: Partial<Rules>, left: World['left'], failure: RegExp])[] = [
  ['answers before the commit', { waitsForCommit: false }, crashing, /not on disk|over-allocated|fence/],
  ['grants at once without a ledger', { keepsQuarantine: false }, crashing, /over-allocated/],
  ['counts a lease from when it was heard of', { believedFrom: (_sentMs, heardMs) => heardMs }, calm, /over-allocated|not on disk/],
  ['ends leases before their time', { expiresAt: (nowMs) => nowMs + 1_000 }, calm, /over-allocated|not on disk/],
  ['frees at once what it calls back', { keepsRecalled: false }, recalling, /over-allocated|not on disk/]
]
for (const [bug, change, left, failure] of planted) {
  test(`the exploration finds a product that ${bug}`, () => {
    assert.equal(explore(shipped, 13, left).failure, undefined)
    assert.match(explore({ ...shipped, ...change }, 13, left).failure ?? 'nothing', failure)
  })
}

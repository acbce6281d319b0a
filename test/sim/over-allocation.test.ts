import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawGrants, runScenario } from '@cloudpeer/simulator'

/** Grants that are checked altogether; `cloudpeer simulate grants --grants N` checks as many as anybody likes. */
const grantsWanted = 100_000

test(`anytime_no_owner_is_over_allocated: ${grantsWanted} grants, under all faults`, async () => {
  const effective = new Set<string>()
  let grants = 0
  for (let seed = 1; grants < grantsWanted; seed++) {
    const verdict = await runScenario(drawGrants(seed))
    assert.equal(verdict.violation, undefined, `seed ${seed}: ${JSON.stringify(verdict.violation)}`)
    grants += verdict.grants
    for (const [kind, effects] of Object.entries(verdict.faults)) if (effects.effective > 0) effective.add(kind)
  }
  assert.ok(effective.size >= 20, [...effective].join(', '))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawGrants, fewGrants, runScenario } from '@cloudpeer/simulator'

/** Seeds of networks with few grants that once failed, and what they showed. */
const keptSeeds: ReadonlyMap<number, string> = new Map([
  [51, 'a message that came twice brought back a request that had been withdrawn, and it was proposed in vain until it was forgotten'],
  [507, 'an owner that had started again offered what it had offered before, and matchers did not propose to it what waited']
])

for (const [seed, once] of keptSeeds) {
  test(`all that must hold of few grants holds: seed ${seed}, where once ${once}`, async () => {
    const { violation } = await runScenario(drawGrants(seed, fewGrants))
    assert.equal(violation, undefined, JSON.stringify(violation))
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawGrants, fewGrants, type GrantsLoad, manyGrants, runScenario } from '@cloudpeer/simulator'

/** Seeds of networks with grants that once failed, and what they showed. */
const keptSeeds: readonly (readonly [seed: number, load: GrantsLoad, once: string])[] = [
  [
    51,
    fewGrants,
    'a message that came twice brought back a request that had been withdrawn, and it was proposed in vain until it was forgotten'
  ],
  [507, fewGrants, 'an owner that had started again offered what it had offered before, and matchers did not propose to it what waited'],
  [836, manyGrants, 'it counted as wrong that a start is told apart by the wall clock alone where the disk is lost, and nobody answers'],
  [1280, manyGrants, 'a gang whose requester had lost the row of one unit confirmed the others'],
  [
    1284,
    manyGrants,
    'a replica stayed incomplete: each attempt to complete a shard waited for all of before, which nobody wanted any more'
  ],
  [1495, manyGrants, 'two requests that an owner denied ended the waits of each other, and the node did nothing else any more']
]

for (const [seed, load, once] of keptSeeds) {
  test(`all that must hold of grants holds: seed ${seed}, where once ${once}`, async () => {
    const { violation } = await runScenario(drawGrants(seed, load))
    assert.equal(violation, undefined, JSON.stringify(violation))
  })
}

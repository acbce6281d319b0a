import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { allocate, compileQuery, parseDescription, parseSchema } from '@cloudpeer/model'
import { firstFit } from '../../src/checkers/provisioning/amounts.ts'
import { drawCapacity, drawShare } from '../../src/workload/capacities.ts'
import { createRequestGenerator } from '../../src/workload/capacity-requests.ts'
import { workloadSchema } from '../../src/workload/records.ts'

const schema = parseSchema(workloadSchema)

test('what a request means and takes is what the model says: the plain filter and plain first fit agree with it', () => {
  const random = seededRandom(1)
  const next = createRequestGenerator(random)
  const counts = { matches: 0, fits: 0 }
  for (let index = 0; index < 2_000; index++) {
    const capacity = drawCapacity(random)
    const { total } = drawShare(random, capacity)
    const { spec, matches } = next()
    const { attributes } = parseDescription({ name: 'machine', attributes: capacity.attributes }, schema)
    const isMatch = compileQuery(spec.expression, schema).matches({ owner: 'o', name: 'machine', attributes })
    assert.equal(matches(capacity.attributes), isMatch, `${spec.expression} of ${JSON.stringify(capacity.attributes)}`)
    assert.equal(firstFit(total, spec.amounts) !== undefined, allocate(total, spec.amounts) !== undefined)
    if (isMatch) counts.matches++
    if (firstFit(total, spec.amounts) !== undefined) counts.fits++
  }
  for (const count of Object.values(counts)) assert.ok(count > 500 && count < 1_900, JSON.stringify(counts))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawScenario, type Scenario, shrink } from '@cloudpeer/simulator'

/** A scenario of many faults of which one, together with one operation, is to blame. */
const whole = drawScenario(8)
const culprit = whole.faults.at(-1)
const witness = whole.operations[7]

async function fails({ faults, operations }: Scenario): Promise<boolean> {
  return faults.some(({ id }) => id === culprit?.id) && operations.some(({ id }) => id === witness?.id)
}

test('shrinking leaves what is to blame, in a network as small as it can be', async () => {
  const progress: number[] = []
  const smallest = await shrink(whole, fails, { runsMax: 1_000, progress: ({ faults }) => progress.push(faults.length) })
  assert.deepEqual(
    smallest.faults.map(({ id }) => id),
    [culprit?.id]
  )
  assert.deepEqual(
    smallest.operations.map(({ id }) => id),
    [witness?.id]
  )
  assert.ok(smallest.nodes < whole.nodes && smallest.faultsMs <= whole.faultsMs)
  assert.ok(progress.length > 0)
})

test('anytime_shrinking_is_bounded', async () => {
  let runs = 0
  const smallest = await shrink(whole, async (smaller) => fails(smaller).finally(() => runs++), { runsMax: 7 })
  assert.equal(runs, 7)
  assert.ok(await fails(smallest))
})

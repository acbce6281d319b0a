import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { runOverAllocation } from './over-allocation/run.ts'

test('anytime_no_owner_gives_more_than_it_has, by its ledger and by the processes that run, while nodes are killed', {
  timeout: 240_000
}, async (context) => {
  const seed = Number(process.env.CLOUDPEER_SEED ?? createSystemRandom().integer(2 ** 24))
  const report = await runOverAllocation({ nodes: 9, durationMs: 60_000, seed, clock: systemClock })
  context.diagnostic(JSON.stringify(report))
  assert.deepEqual(report.faults, [], `seed ${seed}`)
  assert.deepEqual([report.rowsLeft, report.processesLeft], [0, 0], `what was given back is free again, seed ${seed}`)
  assert.ok(
    report.kills >= 5 && report.leases >= 50 && report.runningMax >= 5 && report.samples >= 60,
    'too little has happened to show anything'
  )
})

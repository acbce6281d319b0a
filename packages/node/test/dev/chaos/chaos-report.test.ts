import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { chaosReport, type Done, describeChaos, type Seen } from '../../../src/dev/chaos/chaos-report.ts'

const done = (goneMs: readonly number[]): Done => ({ kind: 'kill', goneMs, backMs: [], faults: [], healedMs: 2000 })
const seen: Seen = {
  seed: 7,
  nodes: 9,
  startMs: 1000,
  durationMs: 60_000,
  done: [done([3000, 1000]), done([2000])],
  asked: { asked: 100, partial: 0, wrong: 0, wrongAnswers: [] },
  suspicions: [{ observer: 1, member: 2, state: 'SUSPECT', fromMs: 3000, lastedMs: 800 }]
}

test('a run in which nothing was wrong is summed up by kind of trouble', () => {
  const report = chaosReport(seen)
  assert.equal(report.ok, true)
  assert.deepEqual(report.kinds[0], {
    kind: 'kill',
    events: 2,
    goneMs: { min: 1000, median: 2000, max: 3000 },
    healedMs: { min: 2000, median: 2000, max: 2000 }
  })
  assert.deepEqual(report.kinds[1], { kind: 'restart', events: 0 })
  assert.equal(report.suspicions[0]?.fromMs, 2000)
  const text = stripVTControlCharacters(describeChaos(report))
  assert.match(text, /^kill +2 +1\.0 \/ 2\.0 \/ 3\.0 s +- +2\.0 \/ 2\.0 \/ 2\.0 s$/m)
  assert.match(text, /^members wrongly suspected: 1, for 0\.8 s at most; wrongly given up: 0$/m)
  assert.match(text, /^nothing was wrong: 9 nodes, 60\.0 s, seed 7$/m)
})

test('each thing that was wrong makes the run fail, and is told', () => {
  const wrongAnswers = [{ atMs: 5000, node: 3, expression: 'gpus > 0', missing: ['a of x'], unexpected: [], partial: true }]
  const runs: readonly (readonly [Partial<Seen>, RegExp])[] = [
    [{ asked: { asked: 100, partial: 1, wrong: 1, wrongAnswers } }, /at 4\.0 s, node 3: gpus > 0\n +it said .*\n +missing 1: a of x$/m],
    [{ suspicions: [{ observer: 1, member: 2, state: 'AWAY', fromMs: 3000, lastedMs: 0 }] }, /node 1 held node 2 to be away at 2\.0 s$/m],
    [{ done: [{ ...done([]), faults: ['node 5 came back as another'] }] }, /^node 5 came back as another$/m],
    [{ asked: { asked: 0, partial: 0, wrong: 0, wrongAnswers: [] } }, /^0 queries asked/m]
  ]
  for (const [change, told] of runs) {
    const report = chaosReport({ ...seen, ...change })
    assert.equal(report.ok, false)
    const text = stripVTControlCharacters(describeChaos(report))
    assert.match(text, told)
    assert.match(text, /^NOT EVERYTHING WAS RIGHT/m)
  }
})

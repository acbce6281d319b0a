import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawScenario, runScenario, type Scenario } from '@cloudpeer/simulator'
import { faults } from '../../src/faults/index.ts'

/** A small network of the seed, without its faults. */
function calm(seed: number): Scenario {
  const drawn = drawScenario(seed, { nodesMin: 8, nodesMax: 8, faultsMs: 30_000, healMs: 40_000 })
  return { ...drawn, gentle: false, faults: [], adversaries: [], conditions: { ...drawn.conditions, passes: 'bytes' } }
}

test('a seed decides everything: the same trace twice, in any order, and another if one delivery differs', async () => {
  const scenario = drawScenario(5, { nodesMin: 8, nodesMax: 10, faultsMs: 20_000, healMs: 60_000 })
  const first = await runScenario(scenario)
  await runScenario(calm(6))
  assert.equal((await runScenario(scenario)).trace, first.trace)
  const { operations } = scenario
  assert.notEqual((await runScenario({ ...scenario, operations: operations.slice(1) })).trace, first.trace)
})

for (const [kind, { range }] of faults) {
  test(`finally_a_fault_did_something_and_was_healed: ${kind}`, async () => {
    const machines = range.machines[1] < 1 ? [3, 4, 5] : [3]
    const middle = (from: number, to: number): number => from + (to - from) * 0.6
    const event = { id: 1, kind, atMs: 2_000, forMs: Math.min(25_000, middle(...range.forMs)), machines, amount: middle(...range.amount) }
    const scenario = { ...calm(3), faults: [event], healMs: 120_000 }
    const newcomers = faults.get(kind)?.newcomers ? { ...event, machines: [20, 21] } : event
    const { violation, faults: effects } = await runScenario({ ...scenario, faults: [newcomers] })
    assert.equal(violation, undefined)
    assert.deepEqual(effects[kind], { struck: 1, effective: 1 })
  })
}

test('what does not hold is told by the name of its checker, and a bug by its stack', async () => {
  const watch = () => () => ['it is wrong']
  const wrong = await runScenario(calm(1), { checkers: [{ name: 'eventually_it_is_right', watch }] })
  assert.deepEqual([wrong.violation?.checker, wrong.violation?.findings], ['eventually_it_is_right', ['it is wrong']])
  const bug = () => () => {
    throw new TypeError('a bug')
  }
  const { violation } = await runScenario(calm(1), { checkers: [{ name: 'anytime_it_works', watch: bug }] })
  assert.equal(violation?.checker, 'anytime_no_bug_shows')
  assert.match(violation?.findings[0] ?? '', /TypeError: a bug/)
})

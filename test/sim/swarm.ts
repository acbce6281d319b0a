import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawScenario, runScenario, type Scenario, type Verdict } from '@cloudpeer/simulator'
import { keptSeeds } from './kept-seeds.ts'

/** The last of the seeds that two files play: networks of usual size, and such of few nodes, which cost a sixth. */
export const lastSeed = 40
const lastSmallSeed = 200

/** So few that each node keeps nearly everything. */
const fewNodes = { nodesMin: 3, nodesMax: 9 }

/** Plays the scenarios of every second seed from `first` on, each as a test of its own. Two files run at once, on two cores. */
export function playSeeds(first: number): void {
  const effective = new Set<string>()
  for (let seed = first; seed <= lastSeed; seed += 2) {
    playSeed(seed, ({ operations, faults }) => {
      assert.ok((operations.answers ?? 0) > 0)
      for (const [kind, effects] of Object.entries(faults)) if (effects.effective > 0) effective.add(kind)
    })
  }

  test('the seeds drew faults of many kinds, which did something', () => {
    assert.ok(effective.size >= 20, [...effective].join(', '))
  })
}

/** The same with few nodes. */
export function playSmallSeeds(first: number): void {
  for (let seed = first; seed <= lastSmallSeed; seed += 2) play(`few nodes, seed ${seed}`, drawScenario(seed, fewNodes))
}

/** Plays one seed as a test of its own. */
export function playSeed(seed: number, look?: (verdict: Verdict) => void): void {
  const once = keptSeeds.get(seed)
  play(`seed ${seed}${once === undefined ? '' : `, where once ${once}`}`, drawScenario(seed), look)
}

/** Plays a scenario as a test of that name. */
export function play(name: string, scenario: Scenario, look: (verdict: Verdict) => void = () => {}): void {
  test(`all that must hold holds: ${name}`, async () => {
    const verdict = await runScenario(scenario)
    assert.equal(verdict.violation, undefined, toldOf(verdict))
    look(verdict)
  })
}

function toldOf({ violation }: Verdict): string {
  return `${violation?.checker} at ${violation?.atMs} ms: ${violation?.findings.slice(0, 3).join('; ')}`
}

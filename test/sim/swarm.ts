import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawScenario, runScenario, type Verdict } from '@cloudpeer/simulator'
import { keptSeeds } from './kept-seeds.ts'

/** The last of the seeds that two files play. */
export const lastSeed = 40

/** Networks of one file. Two files run at once, on two cores. */
const networksEach = lastSeed / 2

/** Plays the scenarios of every second seed from `first` on, each as a test of its own. */
export function playSeeds(first: number): void {
  const effective = new Set<string>()
  for (let seed = first; seed < first + 2 * networksEach; seed += 2) {
    playSeed(seed, ({ operations, faults }) => {
      assert.ok((operations.answers ?? 0) > 0)
      for (const [kind, effects] of Object.entries(faults)) if (effects.effective > 0) effective.add(kind)
    })
  }

  test('the seeds drew faults of many kinds, which did something', () => {
    assert.ok(effective.size >= 20, [...effective].join(', '))
  })
}

/** Plays one seed as a test of its own. */
export function playSeed(seed: number, look: (verdict: Verdict) => void = () => {}): void {
  const once = keptSeeds.get(seed)
  test(`all that must hold holds: seed ${seed}${once === undefined ? '' : `, where once ${once}`}`, async () => {
    const verdict = await runScenario(drawScenario(seed))
    assert.equal(verdict.violation, undefined, toldOf(verdict))
    look(verdict)
  })
}

function toldOf({ violation }: Verdict): string {
  return `${violation?.checker} at ${violation?.atMs} ms: ${violation?.findings.slice(0, 3).join('; ')}`
}

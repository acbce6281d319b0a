import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHunter } from './hunter.ts'
import { isProgram, mechanicalMutants } from './mechanical.ts'
import { mutantFrom, mutated, readSource } from './mutant.ts'
import { plantedBugs } from './planted/index.ts'
import { play } from './play.ts'

const seedsMax = 5

test('every planted bug fits its source, changes it, and leaves a program', () => {
  for (const bug of plantedBugs) {
    const source = readSource(bug.file)
    const wrong = mutated(source, mutantFrom(bug))
    assert.notEqual(wrong, source, bug.name)
    assert.ok(isProgram(wrong), bug.name)
  }
  assert.equal(new Set(plantedBugs.map(({ name }) => name)).size, plantedBugs.length)
})

test('a bug whose place is gone, or not the only one, is refused', () => {
  const bug = { name: 'nowhere', file: 'packages/registry/src/errors.ts', replace: '' }
  assert.throws(() => mutantFrom({ ...bug, find: 'no such text' }), /must occur once/)
  assert.throws(() => mutantFrom({ ...bug, find: 'retry' }), /must occur once/)
})

test('mechanical mutants are programs, and the same for one seed', () => {
  const mutants = mechanicalMutants(40, 7)
  assert.equal(mutants.length, 40)
  for (const mutant of mutants) assert.ok(isProgram(mutated(readSource(mutant.file), mutant)), mutant.name)
  assert.deepEqual(mechanicalMutants(40, 7), mutants)
})

test('a mutant takes the place of the source in the child alone: one that cannot run is found at once', async () => {
  const [bug] = plantedBugs
  assert.ok(bug)
  const mutant = { ...mutantFrom(bug), replacement: "throw new Error('this is the mutant')\n" }
  const found = await play({ subject: 'services', mutant: { ...mutant, from: 0, to: 0, original: '' }, fromSeed: 1, toSeed: 1 })
  assert.equal(found?.by, 'crashed')
  assert.match(found.detail, /this is the mutant/)
})

for (const name of [
  'an older announcement replaces a newer one',
  'suspicion without refutation',
  'routes do not hear of members that went'
]) {
  test(`found by its first ${seedsMax} seeds: ${name}`, async () => {
    const bug = plantedBugs.find((planted) => planted.name === name)
    assert.ok(bug)
    const { found } = await createHunter(seedsMax).hunt(mutantFrom(bug))
    assert.ok(found)
  })
}

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tidy/tree.ts'

/** A bug that experts make, as a change of one place of the sources. */
export interface PlantedBug {
  readonly name: string
  /** Path from the root. */
  readonly file: string
  /** The text at the place: it occurs once in the file. */
  readonly find: string
  readonly replace: string
}

/** A program that is wrong in one place. */
export interface Mutant {
  readonly name: string
  readonly kind: 'planted' | 'mechanical'
  readonly file: string
  /** Lines count from 1. */
  readonly line: number
  /** The characters from `from` to `to` (excluded), which are `original`, are replaced. */
  readonly from: number
  readonly to: number
  readonly original: string
  readonly replacement: string
}

/** A source file by its path from the root. */
export function readSource(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The mutant of a planted bug in the sources of today; throws where the place is not there, or not the only one. */
export function mutantFrom({ name, file, find, replace }: PlantedBug): Mutant {
  const source = readSource(file)
  const from = source.indexOf(find)
  assert.ok(from >= 0 && source.indexOf(find, from + 1) < 0, `${name}: ${JSON.stringify(find)} must occur once in ${file}`)
  return mutantAt(name, 'planted', file, source, { from, original: find, replacement: replace })
}

/** The mutant that has something else at a place of a file. */
export function mutantAt(
  name: string,
  kind: Mutant['kind'],
  file: string,
  source: string,
  { from, original, replacement }: Pick<Mutant, 'from' | 'original' | 'replacement'>
): Mutant {
  const line = source.slice(0, from).split('\n').length
  return { name, kind, file, line, from, to: from + original.length, original, replacement }
}

/** The mutant's source; throws where the file is not what the mutant was made from. */
export function mutated(source: string, { name, from, to, original, replacement }: Mutant): string {
  assert.equal(source.slice(from, to), original, `${name} does not fit its file any more`)
  return source.slice(0, from) + replacement + source.slice(to)
}

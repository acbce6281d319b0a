import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { layers } from './layers.ts'
import { filesMatching, root } from './tree.ts'
import { undocumentedExports } from './undocumented.ts'

/** Beyond this a file holds more than one idea. */
const fileLinesMax = 400

const sources = filesMatching('packages/*/{src,test}/**/*.ts', 'test/**/*.ts', 'bin/*.js')

test('every export has a doc comment', () => {
  assert.ok(sources.length > 0)
  assert.deepEqual(sources.flatMap(undocumentedExports), [])
})

test('an export without a doc comment is reported with its place', () => {
  const text = '/** Fine. */\nexport const a = 1\nexport const b = 2\n\nexport function c() {\n}\n'
  assert.deepEqual(undocumentedExports({ path: 'a.ts', text }), ['a.ts:5: export function c() {'])
})

test(`no source file has more than ${fileLinesMax} lines`, () => {
  const long = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 })).filter(({ lines }) => lines > fileLinesMax)
  assert.deepEqual(long, [])
})

test('source files have names in kebab-case that say what is in them', () => {
  const vague = sources.map(({ path }) => path).filter((path) => !isTelling(basename(path).replace(/(\.[a-z]+)*\.[tj]s$/, '')))
  assert.deepEqual(vague, [])
})

test('every package has a README and stands in a layer', () => {
  const packages = filesMatching('packages/*/package.json').map(({ path }) => path.split('/')[1] as string)
  assert.deepEqual(packages.toSorted(), Object.keys(layers).toSorted())
  assert.deepEqual(
    packages.filter((name) => !existsSync(join(root, 'packages', name, 'README.md'))),
    []
  )
})

function isTelling(name: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && !/(^|-)(utils?|helpers?|common|manager|misc)(-|$)/.test(name)
}

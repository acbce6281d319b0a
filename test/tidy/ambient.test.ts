import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineSources, protocolSources } from './layers.ts'
import { placesOf } from './places.ts'
import { filesMatching, type SourceFile } from './tree.ts'

/** The ways to the machine's clock and chance that are members, and so beyond the linter's list of globals. */
const ambient = /\b(Math\.random|AbortSignal\.timeout|process\.(hrtime|uptime)|random(Bytes|UUID|Int|Fill|FillSync)|getRandomValues)\b/

test('protocol logic draws time and chance from what it is handed', () => {
  const files = filesMatching('packages/*/src/**/*.ts').filter(
    ({ path }) => new RegExp(protocolSources).test(path) && !new RegExp(machineSources).test(path)
  )
  assert.ok(files.length > 0)
  assert.deepEqual(placesOf(files, ambient), [])
})

test('an ambient source of time or chance is reported with its place', () => {
  const file: SourceFile = { path: 'a.ts', text: 'const a = 1\nconst b = Math.random()\n// AbortSignal.timeout is not for us\n' }
  assert.deepEqual(placesOf([file], ambient), ['a.ts:2: const b = Math.random()'])
})

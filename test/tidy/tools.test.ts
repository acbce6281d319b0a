import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complaintsOf } from './run-tool.ts'

test('the type checker has no complaints', async () => {
  const complaints = await complaintsOf('typescript/bin/tsc', '-p', '.')
  assert.equal(complaints, '', complaints)
})

test('the linter and the formatter have no complaints', async () => {
  const complaints = await complaintsOf('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--colors=off')
  assert.equal(complaints, '', complaints)
})

test('no source file is dead', async () => {
  const complaints = await complaintsOf('knip/bin/knip.js', '--config=test/tidy/knip.json', '--include=files', '--no-progress')
  assert.equal(complaints, '', complaints)
})

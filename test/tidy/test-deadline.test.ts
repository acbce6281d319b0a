import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root } from './tree.ts'

const deadline = `${pathToFileURL(join(root, 'bin/test-deadline.js'))}?ms=500`

/** The exit status and the errors of a test file that ends by itself, or by its deadline. */
async function runFile(program: string): Promise<{ status: number | null; errors: string }> {
  const child = spawn(process.execPath, ['--import', deadline, '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const [errors, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { status, errors }
}

test('a test file that something keeps open is ended, and says by what', { timeout: 60_000 }, async () => {
  const leaves = "import { test } from 'node:test'; test('leaves a timer', () => { setInterval(() => {}, 1000) })"
  const { status, errors } = await runFile(leaves)
  assert.equal(status, 1)
  assert.match(errors, /^error: after 0\.5 s this test file still has .*Timeout.*: it is ended$/m)
})

test('a test file that ends by itself is left alone', { timeout: 60_000 }, async () => {
  assert.deepEqual(await runFile("import { test } from 'node:test'; test('ends', () => {})"), { status: 0, errors: '' })
})

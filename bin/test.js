import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { root } from './place.js'

/** Test files that run at once: each may itself start a network of nodes. */
const concurrency = Math.min(2, availableParallelism())

/** The longest that one test may take, in ms. */
const testMsMax = 600_000

/** The longest that one test file may take, in ms. */
const fileMsMax = 1_200_000

const patterns = process.argv.slice(2)
const stop = new AbortController()
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.once(event, () => stop.abort())

process.chdir(root)
// Hundreds of test files load the same modules: each is stripped of its types and compiled once.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/compiled')
run({
  globPatterns: patterns.length > 0 ? patterns : ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  concurrency,
  timeout: testMsMax,
  execArgv: ['--import', new URL(`test-deadline.js?ms=${fileMsMax}`, import.meta.url).href],
  signal: stop.signal
})
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
process.channel?.unref()

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { root } from './tree.ts'

const launch = `
  import { runChild } from ${JSON.stringify(join(root, 'bin/child.js'))}
  process.exitCode = await runChild(process.execPath, ['--input-type=module', '--eval', process.argv[1]])
`
const stay = "console.log('up'); setInterval(() => {}, 1000);"
const endWithStarter = "process.once('disconnect', () => process.exit())"

/** Starts a process that runs `program` as its child, and resolves when the child has printed something. */
async function start(program: string): Promise<{ launcher: ChildProcess; output: Readable }> {
  const launcher = spawn(process.execPath, ['--input-type=module', '--eval', launch, program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = launcher.stdout as Readable
  await once(output, 'data')
  return { launcher, output }
}

test("the child's exit status is passed on", async () => {
  const { launcher } = await start("console.log('up'); process.exitCode = 3")
  assert.deepEqual(await once(launcher, 'exit'), [3, null])
})

test('SIGTERM reaches the child, whose death by a signal is passed on as 128 + n', async () => {
  const { launcher } = await start(stay)
  launcher.kill('SIGTERM')
  assert.deepEqual(await once(launcher, 'exit'), [128 + 15, null])
})

test('SIGINT without a terminal reaches the child', async () => {
  const { launcher } = await start(`process.once('SIGINT', () => process.exit(5)); ${stay}`)
  launcher.kill('SIGINT')
  assert.deepEqual(await once(launcher, 'exit'), [5, null])
})

test('finally_nothing_is_left when the launcher is killed', async () => {
  const { launcher, output } = await start(`${endWithStarter}; ${stay}`)
  launcher.kill('SIGKILL')
  await once(output.resume(), 'end')
})

test('finally_nothing_is_left when the starter of the launcher is killed', async () => {
  const args = ['--input-type=module', '--eval', launch, stay]
  await killStarterOf(`spawn(process.execPath, ${JSON.stringify(args)}, { stdio: 'inherit' })`)
})

test('finally_nothing_is_left when npm is killed behind the shell of its script', async () => {
  const command = '"$NODE" --input-type=module --eval "$LAUNCH" "$STAY"; exit'
  const env = { NODE: process.execPath, LAUNCH: launch, STAY: stay, npm_lifecycle_event: 'start' }
  await killStarterOf(`spawn('sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit', env: ${JSON.stringify(env)} })`)
})

/** Runs a process that does `spawning`, kills it when the launched program is up, and waits for all that it started to end. */
async function killStarterOf(spawning: string): Promise<void> {
  const program = `import { spawn } from 'node:child_process'; ${spawning}`
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(starter.stdout, 'data')
  starter.kill('SIGKILL')
  await once(starter.stdout.resume(), 'end')
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog, sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import type { Lease } from '@cloudpeer/provisioning'
import { createWorkloads } from '../../src/hooks/workloads.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const owner = '12D3KooWGRUVh7bTRyXGE4BpFVDkbNFkpSEeXNRsVmYhxeRALICE' as Lease['owner']
const lease = (seq: number): Lease => ({
  network: 'n',
  owner,
  requester: owner,
  request: '0011223344556677',
  unit: 0,
  allocation: { cpuMilli: 1000, memoryMib: 0, diskMib: 0, gpus: [], others: {} },
  fence: { epoch: 1, seq },
  state: 'active',
  ttlMs: 1000,
  signedAt: 0
})
const parts = { clock: systemClock, log: silentLog }

async function fileIn(path: string): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    if (existsSync(path) && readFileSync(path, 'utf8').endsWith('\n')) return readFileSync(path, 'utf8')
    await sleep(systemClock, 10)
  }
  assert.fail(`${path} was not written`)
}

/** A process that has ended but was not collected by its new parent yet is not running any more. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

function started(context: TestContext, command: (directory: string) => string) {
  const directory = temporaryDirectory(context)
  const workloads = createWorkloads(command(directory), parts)
  context.after(() => workloads.close())
  return { workloads, file: (name: string) => join(directory, name) }
}

test('the process of a lease is told of it twice, runs once, and ends with the lease', async (context) => {
  const { workloads, file } = started(
    context,
    (directory) => `cd ${directory}; read -r line; echo "$line" > line; echo "$CLOUDPEER_LEASE" > variable; echo $$ >> pids; cat > rest`
  )
  workloads.start(lease(1))
  workloads.start(lease(1))
  const pid = Number(await fileIn(file('pids')))
  const told = JSON.parse(await fileIn(file('variable')))
  assert.deepEqual(told, { id: `${owner}.1.1`, ...lease(1) })
  assert.deepEqual(JSON.parse(await fileIn(file('line'))), told)
  assert.equal(isRunning(pid), true)
  await workloads.stop(lease(1))
  assert.equal(isRunning(pid), false)
  assert.equal(readFileSync(file('pids'), 'utf8').trim(), String(pid))
  await workloads.stop(lease(1))
})

test('a process that is deaf is killed, and so is what it leaves behind', async (context) => {
  const { workloads, file } = started(
    context,
    (directory) => `cd ${directory}; trap '' TERM; sleep 1000 & echo $! > left; while true; do sleep 1; done`
  )
  workloads.start(lease(1))
  const left = Number(await fileIn(file('left')))
  const startMs = systemClock.now()
  await workloads.close()
  assert.ok(systemClock.now() - startMs >= 1900, 'it was asked first')
  // The signal is sent; a busy machine takes a moment to let the process die of it.
  for (let tries = 0; tries < 500 && isRunning(left); tries++) await sleep(systemClock, 10)
  assert.equal(isRunning(left), false)
})

test('a command that cannot run, or ends by itself, harms nothing', async (context) => {
  const { workloads } = started(context, () => 'no-such-command-anywhere 2> /dev/null')
  workloads.start(lease(1))
  workloads.start(lease(2))
  await workloads.stop(lease(1))
  await workloads.stop(lease(3))
})

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { atEnd } from './at-end.ts'
import { cloudpeer } from './command-line.ts'
import { eventually } from './eventually.ts'
import { isRunning } from './is-running.ts'
import { dataDirectory } from './single-node.ts'

const launcher = fileURLToPath(new URL('../../bin/cloudpeer.js', import.meta.url))

test('dev --exit --json shows a whole network and leaves nothing behind', { timeout: 120_000 }, async (context) => {
  const directory = dataDirectory(context)
  const { status, stdout, stderr } = await cloudpeer(
    ['dev', '--nodes', '2', '--api-port', '0', '--data', directory, '--exit', '--json'],
    '',
    100_000
  )
  assert.equal(status, 0, stderr)
  const { nodes, services, queries, waiting } = JSON.parse(stdout)
  assert.deepEqual([nodes, services], [2, 3138])
  assert.equal(queries.length, 8)
  for (const query of queries)
    assert.ok(query.equal && !query.partial && query.matches === query.expected && query.matches > 0, query.expression)
  const [hosting, simulation, authenticator] = waiting.requests
  for (const { whyBefore, whyAfter } of [hosting, simulation])
    assert.deepEqual([whyBefore.owners, whyBefore.matching, whyAfter.owners, whyAfter.matching], [2, 0, 3, 0])
  assert.deepEqual([waiting.right, authenticator.after, authenticator.leases[0].split('.')[0]], [true, 'granted', waiting.vm])
  for (const pid of pidsIn(directory, 2)) assert.equal(isRunning(pid), false)
})

test('dev --chaos --json brings the trouble of its seed, and says whether all went right', { timeout: 120_000 }, async () => {
  const args = ['dev', '--nodes', '3', '--api-port', '0', '--chaos', '1', '--seed', '0', '--json']
  const { status, stdout, stderr } = await cloudpeer(args, '', 100_000)
  assert.equal(status, 0, stderr)
  const { nodes, services, chaos } = JSON.parse(stdout)
  assert.deepEqual([nodes, services, chaos.seed, chaos.ok], [3, 3138, 0, true])
  assert.deepEqual(
    chaos.kinds.map(({ events }: { events: number }) => events),
    [0, 0, 0, 0, 1]
  )
  assert.ok(chaos.queries.asked > 0 && chaos.queries.wrong === 0)
})

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`no node outlives a development network that ends by ${signal}`, { timeout: 90_000 }, async (context) => {
    const directory = dataDirectory(context)
    const dev = spawn(process.execPath, [launcher, 'dev', '--nodes', '2', '--api-port', '0', '--data', directory], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    atEnd(context, () => dev.kill('SIGKILL'))
    await saying(dev, 'know each other')
    const pids = pidsIn(directory, 2)
    assert.deepEqual(pids.map(isRunning), [true, true])
    const ended = new Promise((resolve) => dev.once('exit', (code) => resolve(code)))
    dev.kill(signal)
    assert.equal(await ended, signal === 'SIGTERM' ? 0 : null)
    await eventually(async () => !pids.some(isRunning), 'no node has outlived its network')
  })
}

test('no frozen node outlives the process that froze it', { timeout: 60_000 }, async (context) => {
  const directory = dataDirectory(context)
  const program = `
    import { systemClock } from '@cloudpeer/core/system'
    import { startNodeProcess } from '@cloudpeer/node/dev'
    const args = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api', '127.0.0.1:0', '--json']
    const node = startNodeProcess({ index: 0, args, directory: process.argv[1] }, systemClock)
    await node.ready
    node.freeze()
    console.log('frozen')
    setInterval(() => {}, 1000)`
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  atEnd(context, () => starter.kill('SIGKILL'))
  await saying(starter, 'frozen')
  const pid = Number(readFileSync(join(directory, 'lock.pid'), 'utf8'))
  starter.kill('SIGKILL')
  await eventually(async () => !isRunning(pid), 'the node has ended')
})

function saying({ stdout }: ChildProcess, words: string): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    stdout?.on('data', (chunk) => {
      said += chunk
      if (said.includes(words)) resolve()
    })
    stdout?.once('end', () => reject(new Error(`ended without saying "${words}": ${said}`)))
  })
}

function pidsIn(directory: string, nodes: number): readonly number[] {
  return Array.from({ length: nodes }, (_, index) => Number(readFileSync(join(directory, `node-${index}`, 'lock.pid'), 'utf8')))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodeServer } from './node-server.ts'
import { runMain } from './run-main.ts'
import { sampleMembers, sampleStatus } from './samples.ts'

test('status tells of the node', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus })
  const { code, stdout, stderr } = await runMain(['status', '--api', url])
  assert.deepEqual([code, stderr], [0, ''])
  for (const part of [
    'dev (0123456789abcdef0123456789abcdef)',
    sampleStatus.peerId,
    '9 alive',
    '6,276 records',
    '3.1 MiB',
    '3 min 4 s',
    url
  ]) {
    assert.ok(stdout.includes(part), `${part} is not in\n${stdout}`)
  }
})

test('a node that is not well says so', async (context) => {
  const problems = [
    { code: 'STORE_FULL', problem: 'the disk under records is full: nothing was written', remedy: 'make room', since: 0 },
    { code: 'OVERTAKEN', problem: 'another\nspeaks', remedy: 'stop it', since: 60_000 }
  ]
  const { url } = await startNodeServer(context, { status: () => ({ ...sampleStatus, problems, health: 'not ok' }) })
  const { code, stdout } = await runMain(['status', '--api', url])
  assert.equal(code, 0)
  assert.deepEqual(
    stdout
      .split('\n')
      .slice(3, 8)
      .map((line) => line.trim()),
    [
      'health     2 problems',
      'STORE_FULL since 1970-01-01T00:00:00.000Z: the disk under records is full: nothing was written',
      'what to do: make room',
      'OVERTAKEN since 1970-01-01T00:01:00.000Z: another\\u{a}speaks',
      'what to do: stop it'
    ]
  )
})

test('--json gives the reply as it is, before and after the command', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus, members: () => ({ members: sampleMembers }) })
  for (const argv of [
    ['--json', '--api', url, 'status'],
    ['status', '--json', '--api', url]
  ]) {
    const { code, stdout } = await runMain(argv)
    assert.deepEqual([code, JSON.parse(stdout)], [0, sampleStatus])
  }
  assert.deepEqual(JSON.parse((await runMain(['members', '--json', '--api', url])).stdout), { members: sampleMembers })
})

test('members are a table with their states counted', async (context) => {
  const { url } = await startNodeServer(context, { members: () => ({ members: sampleMembers }) })
  const { code, stdout } = await runMain(['members', '--api', url], { width: 80 })
  assert.equal(code, 0)
  assert.deepEqual(stdout.split('\n'), [
    'peer                   state    epoch  incarnation  labels          address',
    '…xeRALICE (this node)  ALIVE        1            0  location=Tokyo  /ip4/10.0.0.1/tcp/4001',
    '…xeRAbob1              SUSPECT      2            5  -               -',
    '',
    '2 members, 1 alive',
    ''
  ])
})

test('the address of the API may be short, and may come from the environment', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus })
  const { port, host } = new URL(url)
  for (const api of [port, `:${port}`, host, `${url}/`]) {
    assert.equal((await runMain(['status', '--api', api])).code, 0, api)
    assert.equal((await runMain(['status'], { env: { CLOUDPEER_API: api } })).code, 0, api)
  }
  const preferred = await runMain(['status', '--api', port], { env: { CLOUDPEER_API: '127.0.0.1:9' } })
  assert.equal(preferred.code, 0)
})

test('colours are for terminals that want them', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus })
  const painted = async (options: object): Promise<boolean> => (await runMain(['status', '--api', url], options)).stdout.includes('\u001b[')
  assert.equal(await painted({ terminal: true }), true)
  assert.equal(await painted({ terminal: false }), false)
  assert.equal(await painted({ terminal: true, env: { NO_COLOR: '1' } }), false)
  assert.equal(await painted({ terminal: true, env: { TERM: 'dumb' } }), false)
})

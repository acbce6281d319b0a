import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { CloudError } from '@cloudpeer/core'
import { main } from '../src/main.ts'
import { startNodeServer } from './node-server.ts'
import { runMain } from './run-main.ts'
import { sampleStatus } from './samples.ts'

test('help names every command, the exit codes and the environment', async () => {
  for (const argv of [[], ['--help'], ['help']]) {
    const { code, stdout, stderr } = await runMain(argv, { width: 80 })
    assert.deepEqual([code, stderr], [0, ''])
    for (const part of [
      'status',
      'members',
      'service',
      'query',
      'cloudpeer dev [--nodes N]',
      'cloudpeer start [--join MULTIADDR]',
      'Exit codes',
      'CLOUDPEER_API'
    ]) {
      assert.ok(stdout.includes(part), part)
    }
    assert.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 80)
  }
})

test('the query language is explained', async () => {
  for (const argv of [
    ['help', 'query'],
    ['query', '--help']
  ]) {
    const { code, stdout } = await runMain(argv, { width: 80 })
    assert.equal(code, 0)
    assert.match(stdout, /os in \["linux", "windows"\]/)
    assert.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 80)
  }
})

test('the version is told', async () => {
  const { code, stdout } = await runMain(['--version'])
  assert.equal(code, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('wrong usage is exit code 2 and two lines', async () => {
  const cases: readonly [argv: readonly string[], error: RegExp][] = [
    [['statsu'], /unknown command 'statsu'\nhint: did you mean status\?\n$/],
    [['service'], /the command is missing or unknown\nhint: /],
    [['service', 'publish'], /unknown command 'publish'/],
    [['status', '--jsno'], /unknown option '--jsno'\nhint: did you mean --json\?\n$/],
    [['status', 'now'], /too many arguments/],
    [['query'], /missing required argument 'expression'/],
    [['service', 'get'], /missing required argument 'name'/],
    [['query', 'true', '--limit'], /argument missing/],
    [['query', 'true', '--limit', '0'], /'0' is invalid/],
    [['query', 'true', '--limit', '1e3'], /'1e3' is invalid/],
    [['query', 'true', '--limit', '999999'], /'999999' is invalid/],
    [['status', '--api', 'ftp://node'], /ftp:\/\/node is no address of an API\nhint: /],
    [['status', '--api', '99999'], /99999 is no address/],
    [['status', '--api', ''], /is no address/]
  ]
  for (const [argv, expected] of cases) {
    const { code, stdout, stderr } = await runMain(argv)
    assert.deepEqual([code, stdout], [2, ''], `${argv.join(' ')}: ${stderr}`)
    assert.match(stderr, /^error: /)
    assert.match(stderr, expected)
    const json = await runMain([...argv.slice(0, 1), '--json', ...argv.slice(1)])
    assert.equal(json.code, 2)
    assert.equal(JSON.parse(json.stderr).error.code, 'USAGE', argv.join(' '))
  }
})

test('a node that is not there is exit code 1 with a hint', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const { code, stderr } = await runMain(['status', '--api', String(port)])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^error: no node answers at http:\/\/127\.0\.0\.1:\d+\/v1\/status: .*ECONNREFUSED.*\nhint: is a node running\? start one with: cloudpeer start\n$/
  )
  const json = await runMain(['--json', 'status', '--api', String(port)])
  assert.deepEqual([json.code, json.stdout], [1, ''])
  assert.equal(JSON.parse(json.stderr).error.code, 'API_UNREACHABLE')
})

test('something else than a node is told apart', async (context) => {
  const { url } = await startNodeServer(context, {})
  const { code, stderr } = await runMain(['status', '--api', `${url}/elsewhere`])
  assert.equal(code, 1)
  assert.match(stderr, /was not found\n/)
})

test('an error that may pass says so', async (context) => {
  const { url } = await startNodeServer(context, {
    status: () => {
      throw new CloudError('OVERLOADED', { limit: 'queries', max: 64 })
    }
  })
  const { code, stderr } = await runMain(['status', '--api', url])
  assert.deepEqual([code, stderr], [1, 'error: queries is reached: 64\nhint: this may pass: try again\n'])
})

test('a reader that has gone is no error', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus })
  for (const argv of [['status', '--api', url], ['--help']]) {
    const closed = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })) })
    const stderr = new PassThrough()
    const code = await main(argv, { stdout: closed, stderr, stdin: Readable.from([]), env: {}, width: 80 })
    assert.deepEqual([code, stderr.read()], [0, null])
  }
})

test('an output that cannot be written is an error of one line', async (context) => {
  const { url } = await startNodeServer(context, { status: () => sampleStatus })
  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))
  })
  const stderr = new PassThrough()
  const code = await main(['status', '--api', url], { stdout: full, stderr, stdin: Readable.from([]), env: {}, width: 80 })
  assert.equal(code, 1)
  assert.match(String(stderr.read()), /^error: .*no space left\n$/)
})

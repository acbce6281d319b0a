import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { loadConfig } from '../../src/config/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

function refusal(args: readonly string[], environment: Record<string, string> = {}): string {
  try {
    loadConfig(args, environment)
  } catch (error) {
    assert(isCloudError(error), String(error))
    return error.message
  }
  assert.fail(`${args.join(' ')} was accepted`)
}

test('without any setting the documented defaults hold', () => {
  const config = loadConfig([], { XDG_DATA_HOME: '/xdg' })
  assert.deepEqual(config, {
    join: [],
    alone: false,
    listen: ['/ip4/0.0.0.0/tcp/4001'],
    announce: [],
    api: { host: '127.0.0.1', port: 7070 },
    data: '/xdg/cloudpeer',
    labels: {},
    name: 'cloudpeer',
    logLevel: 'info',
    capacity: {},
    leaseMs: 60_000,
    workload: undefined,
    scaleOut: undefined,
    schema: undefined,
    storeBytesMax: undefined,
    json: false
  })
  assert.match(loadConfig([], {}).data, /\.local\/share\/cloudpeer$/)
})

test('flags win over the environment, the environment over the file, the file over defaults', (context) => {
  const file = join(temporaryDirectory(context), 'cloudpeer.yaml')
  writeFileSync(file, 'name: from-file\nlogLevel: warn\napi: 127.0.0.1:1\nlabels: {location: tokyo}\nstoreBytesMax: 2000000\n')
  const environment = { CLOUDPEER_CONFIG: file, CLOUDPEER_API: '127.0.0.1:2', CLOUDPEER_LOG_LEVEL: 'error', CLOUDPEER_NAME: '' }
  const config = loadConfig(['--api', '[::1]:3', '--data', 'here'], environment)
  assert.deepEqual(config.api, { host: '::1', port: 3 })
  assert.equal(config.logLevel, 'error')
  assert.equal(config.name, 'from-file')
  assert.deepEqual(config.labels, { location: 'tokyo' })
  assert.equal(config.storeBytesMax, 2_000_000)
  assert.equal(config.data, resolve('here'))
})

test('a switch stands alone as a flag, and is a word elsewhere', (context) => {
  const file = join(temporaryDirectory(context), 'c.yaml')
  writeFileSync(file, 'alone: true')
  assert.equal(loadConfig(['--alone'], {}).alone, true)
  assert.equal(loadConfig([], { CLOUDPEER_ALONE: 'true' }).alone, true)
  assert.equal(loadConfig(['--config', file], { CLOUDPEER_ALONE: 'false' }).alone, false)
  assert.equal(loadConfig(['--config', file], {}).alone, true)
  assert.equal(refusal([], { CLOUDPEER_ALONE: 'yes' }), 'CLOUDPEER_ALONE: must be one of true, false')
  assert.match(refusal(['--alone=true']), /does not take an argument/)
})

test('lists come from repeated flags and from commas in the environment', () => {
  const flags = [
    '--join',
    '/ip4/1.2.3.4/tcp/1',
    '--join',
    '/dns4/a.example/tcp/2/p2p/12D3KooW',
    '--label',
    'location=frankfurt',
    '--label',
    'rack=a=b'
  ]
  const config = loadConfig(flags, { CLOUDPEER_LISTEN: '/ip4/127.0.0.1/tcp/0, /ip6/::1/tcp/0' })
  assert.deepEqual(config.join, ['/ip4/1.2.3.4/tcp/1', '/dns4/a.example/tcp/2/p2p/12D3KooW'])
  assert.deepEqual(config.listen, ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'])
  assert.deepEqual(config.labels, { location: 'frankfurt', rack: 'a=b' })
})

test('a schema in the file is checked, and its errors name the file and the path', (context) => {
  const file = join(temporaryDirectory(context), 'c.json')
  writeFileSync(file, JSON.stringify({ schema: { version: 1, attributes: { vcpus: { type: 'int', indexed: true } } } }))
  assert.equal(loadConfig(['--config', file], {}).schema?.attributes.vcpus?.indexed, true)
  writeFileSync(file, JSON.stringify({ schema: { version: 1, attributes: { vcpus: { type: 'integer' } } } }))
  assert.match(refusal(['--config', file]), /c\.json: schema\..*vcpus/)
})

test('every bad value is refused under the name by which it was given', (context) => {
  const file = join(temporaryDirectory(context), 'c.yaml')
  const inFile = (text: string): string => {
    writeFileSync(file, text)
    return refusal(['--config', file])
  }
  assert.match(refusal(['--api', 'nowhere']), /^--api: nowhere is not HOST:PORT/)
  assert.match(refusal(['--api', '127.0.0.1:70000']), /^--api: /)
  assert.match(refusal(['--join', 'garbage']), /^--join: garbage is not a multiaddr/)
  assert.match(refusal(['--listen', '/ip4/1.1.1.1/tcp/1', '--listen', 'x']), /^--listen\[1\]: /)
  assert.match(refusal(['--label', 'novalue']), /^--label: novalue is not key=value/)
  assert.match(refusal(['--label', 'Bad Name=x']), /^--label: Bad Name is not a label name/)
  assert.match(refusal(['--log-level', 'loud']), /^--log-level: must be one of debug, info/)
  assert.match(refusal(['--name', 'n'.repeat(65)]), /^--name: has 65 characters/)
  assert.match(refusal(['--frobnicate']), /^command line: unknown option '--frobnicate'/)
  assert.match(refusal(['word']), /^command line: unexpected argument 'word'/)
  assert.match(refusal(['--join']), /^command line: .*--join/)
  assert.match(refusal([], { CLOUDPEER_API: 'x' }), /^CLOUDPEER_API: /)
  assert.match(refusal(['--config', '/does/not/exist']), /^--config \/does\/not\/exist: /)
  assert.match(inFile('colour: red'), /c\.yaml: colour: is not a known setting; known are join, alone, listen/)
  assert.match(inFile('json: true'), /c\.yaml: json: is not a known setting/)
  assert.match(inFile('join: /ip4/1.2.3.4/tcp/1'), /c\.yaml: join: must be a list/)
  assert.match(inFile('storeBytesMax: 1.5'), /c\.yaml: storeBytesMax: must be a whole number/)
  assert.match(inFile('labels: [1, 2'), /c\.yaml cannot be decoded: /)
  assert.match(inFile('- a'), /c\.yaml: must be a map of settings/)
  assert.match(inFile(`a: &a [x]\nb: &b [${'*a,'.repeat(200)}]\nc: [${'*b,'.repeat(200)}]`), /c\.yaml/)
})

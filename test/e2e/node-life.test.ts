import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { atEnd } from './at-end.ts'
import { cloudpeer } from './command-line.ts'
import { eventually } from './eventually.ts'
import { dataDirectory, type SingleNode, startNode } from './single-node.ts'

const service = (name: string) => ({ name, attributes: { vcpus: 4, location: 'tokyo' }, endpoints: ['tcp://192.0.2.1:80'] })

const seesAlive = (node: SingleNode, count: number) => async () => (await node.client.status()).members === count

test('a node that stops and starts again is the same node, with its services', { timeout: 60_000 }, async (context) => {
  const directory = dataDirectory(context)
  const first = await startNode(context, directory)
  await first.client.registerServices({ services: [service('a'), service('b')] })
  const before = await first.client.status()
  assert.equal(before.epoch, 1)
  await first.process.stop()
  const second = await startNode(context, directory)
  const after = await second.client.status()
  assert.deepEqual([after.peerId, after.networkId, after.addresses], [before.peerId, before.networkId, before.addresses])
  assert.equal(after.epoch, 2)
  assert.deepEqual((await second.client.ownServices()).services.map(({ name }) => name).sort(), ['a', 'b'])
  await eventually(
    async () => (await second.client.query({ expression: 'vcpus == 4' })).matches.length === 2,
    'the services are found again'
  )
})

test('a node joins by an address without a peer id, is missed when it stops, and comes back by itself', {
  timeout: 90_000
}, async (context) => {
  const founder = await startNode(context, dataDirectory(context))
  const directory = dataDirectory(context)
  const flags = ['--label', 'location=dallas']
  const joiner = await startNode(context, directory, [...flags, '--join', founder.address.replace(/\/p2p\/.*/, '')])
  await eventually(seesAlive(founder, 2), 'the founder sees the joiner')
  const { members } = await founder.client.members()
  assert.deepEqual(members.find(({ self }) => !self)?.labels, { location: 'dallas' })
  await joiner.client.registerServices({ services: [service('of-joiner')] })
  await eventually(
    async () => (await founder.client.query({ expression: 'name == "of-joiner"' })).matches.length === 1,
    'its service is found'
  )
  await joiner.process.stop()
  const copy = dataDirectory(context)
  cpSync(directory, copy, { recursive: true })
  await eventually(async () => (await founder.client.members()).members.some(({ state }) => state === 'AWAY'), 'the founder sees it leave')
  assert.equal(
    (await founder.client.query({ expression: 'name == "of-joiner"' })).matches.length,
    0,
    'services of a node that is away are not served'
  )
  const again = await startNode(context, directory, flags)
  await eventually(seesAlive(founder, 2), 'it comes back without being told where')
  assert.equal(again.address, joiner.address)
  await eventually(
    async () => (await founder.client.query({ expression: 'name == "of-joiner"' })).matches.length === 1,
    'its service is back'
  )
  await sayThatTheyAreTwo(again, await startNode(context, copy, flags))
})

/** Two processes with one key outbid each other, and then the requests of the one that has lost count as old ones. */
async function sayThatTheyAreTwo(...twins: readonly SingleNode[]): Promise<void> {
  const saying = async (code: string): Promise<readonly SingleNode[]> => {
    const problems = await Promise.all(twins.map(async ({ client }) => (await client.status()).problems))
    return twins.filter((_, index) => problems[index]?.some((problem) => problem.code === code))
  }
  await eventually(async () => (await saying('IDENTITY_IN_USE')).length === 2, 'both say that they are not alone')
  await eventually(async () => {
    // Each in turn, again while they outbid each other: the one that has lost is refused when it speaks after the other.
    for (const { client } of twins) await client.createRequest({ expression: 'true', amounts: { cpuMilli: 10_000_000 } })
    return (await saying('OVERTAKEN')).length > 0
  }, 'the one that has lost says that it is not heard')
  const { status, stdout } = await cloudpeer(['--api', String(twins[0]?.api), 'status'])
  assert.equal(status, 0)
  assert.match(
    stdout,
    /^ +IDENTITY_IN_USE since \S+: another process speaks as .*\n +what to do: stop all processes that use its key but one, then start/m
  )
}

test('the last of its network says that it is alone, and serves what it has once it may be', { timeout: 60_000 }, async (context) => {
  const founder = await startNode(context, dataDirectory(context))
  const directory = dataDirectory(context)
  const last = await startNode(context, directory, ['--join', founder.address])
  await last.client.registerServices({ services: [service('of-the-last')] })
  await founder.process.stop()
  await last.process.stop()
  const waiting = await startNode(context, directory)
  const status = async ({ client }: SingleNode): Promise<unknown> => {
    const { state, problems } = await client.status()
    return [state, problems.map(({ code }) => code)]
  }
  await eventually(async () => isDeepStrictEqual(await status(waiting), ['joining', ['ALONE']]), 'it says that it finds nobody')
  assert.equal((await waiting.client.query({ expression: 'vcpus == 4' })).partial, true)
  await waiting.process.stop()
  const alone = await startNode(context, directory, ['--alone'])
  await eventually(async () => isDeepStrictEqual(await status(alone), ['joined', ['ALONE']]), 'it goes on')
  await eventually(async () => {
    const { matches, partial } = await alone.client.query({ expression: 'vcpus == 4' })
    return matches.length === 1 && !partial
  }, 'it serves what it has')
  await alone.client.registerServices({ services: [service('another')] })
})

test('a node that leaves for good hands over what it holds, ends, and is forgotten', { timeout: 60_000 }, async (context) => {
  const founder = await startNode(context, dataDirectory(context))
  const leaver = await startNode(context, dataDirectory(context), ['--join', founder.address])
  await eventually(seesAlive(founder, 2), 'the founder sees the joiner')
  await founder.client.registerServices({ services: [service('stays')] })
  await leaver.client.registerServices({ services: [service('goes')] })
  assert.deepEqual(await leaver.client.leave(), { complete: true, waiting: [] })
  await leaver.process.ended
  assert.equal((await founder.client.members()).members.length, 1)
  const { matches, partial } = await founder.client.query({ expression: 'vcpus == 4', strong: true })
  assert.deepEqual([matches.map(({ name }) => name), partial], [['stays'], false])
})

test('a founder publishes a schema of a higher version, and members follow it', { timeout: 60_000 }, async (context) => {
  const directory = dataDirectory(context)
  const file = join(directory, 'founder.yaml')
  const schema = (version: number, extra: string): void =>
    writeFileSync(file, `schema: {version: ${version}, attributes: {vcpus: {type: int, indexed: true}${extra}}}`)
  schema(1, '')
  const founder = await startNode(context, directory, ['--config', file])
  const joiner = await startNode(context, dataDirectory(context), ['--join', founder.address])
  assert.equal((await joiner.client.network()).schemaVersion, 1)
  await founder.process.stop()
  schema(2, ', zone: {type: string}')
  const again = await startNode(context, directory, ['--config', file])
  await eventually(async () => (await joiner.client.network()).schemaVersion === 2, 'the member has the new schema')
  await assert.rejects(joiner.client.query({ expression: 'zone == 3' }), { code: 'QUERY_TYPE' })
  await again.process.stop()
  writeFileSync(file, 'schema: {version: 3, attributes: {vcpus: {type: int}}}')
  const unheard = await startNode(context, directory, ['--config', file])
  assert.match(
    readFileSync(join(directory, 'node.log'), 'utf8'),
    /"attribute":"vcpus","problem":"is no longer indexed".*not published: it cannot follow/
  )
  assert.equal((await unheard.client.network()).schemaVersion, 2)
})

test('a pinned node refuses to join another network', { timeout: 60_000 }, async (context) => {
  const directory = dataDirectory(context)
  const one = await startNode(context, directory)
  await one.process.stop()
  const other = await startNode(context, dataDirectory(context))
  const { status, stderr } = await cloudpeer([
    'start',
    '--data',
    directory,
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--api',
    '127.0.0.1:0',
    '--join',
    other.address
  ])
  assert.equal(status, 1)
  assert.match(stderr, /^error: the peer belongs to network [0-9a-f]{32}, not to [0-9a-f]{32}$/m)
})

test('what is in the way of a start is told in one line, and nothing is left running', { timeout: 60_000 }, async (context) => {
  const directory = dataDirectory(context)
  const node = await startNode(context, directory)
  const taken = createServer().listen(0, '127.0.0.1')
  atEnd(context, () => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as { readonly port: number }
  const fresh = (name: string): readonly string[] => [
    'start',
    '--data',
    join(directory, name),
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--api',
    '127.0.0.1:0'
  ]
  const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
    [
      ['start', '--data', directory],
      1,
      new RegExp(`^error: the data directory ${directory} is in use by the node with process id ${node.process.pid}$`, 'm')
    ],
    [[...fresh('a'), '--api', `127.0.0.1:${port}`], 1, new RegExp(`^error: cannot listen on 127.0.0.1:${port}`, 'm')],
    [[...fresh('b'), '--listen', `/ip4/127.0.0.1/tcp/${port}`], 1, new RegExp(`^error: cannot listen on .*${port}`, 'm')],
    [[...fresh('c'), '--join', '/ip4/999.1.1.1/tcp/1'], 1, /^error: .*999\.1\.1\.1/m],
    [[...fresh('d'), '--join', 'nonsense'], 2, /^error: --join: nonsense is not a multiaddr/m],
    [['start', '--frobnicate'], 2, /^error: command line: unknown option '--frobnicate'$/m],
    [['dev', '--nodes', '100'], 2, /^error: --nodes: must be a whole number from 1 to 64$/m],
    [['dev', '--api-port', String(port), '--nodes', '1'], 1, new RegExp(`^error: cannot listen on 127.0.0.1:${port}`, 'm')]
  ]
  for (const [args, status, message] of refusals) {
    const result = await cloudpeer(args)
    assert.match(result.stderr, message)
    assert.equal(result.status, status, result.stderr)
  }
  assert.equal((await node.client.status()).members, 1, 'the first node goes on')
})

test('bad input through the API is refused by name, and the node goes on', { timeout: 60_000 }, async (context) => {
  const { client, api } = await startNode(context, dataDirectory(context))
  const rejects = (services: unknown[], field: RegExp): Promise<void> =>
    assert.rejects(client.registerServices({ services }), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'INVALID')
      assert.match(error.message, field)
      return true
    })
  await rejects([{ ...service('a'), colour: 'red' }], /services\[0\]\.colour/)
  await rejects([service('a'), { ...service('b'), attributes: { vcpus: '4' } }], /services\[1\].*vcpus/)
  await rejects([{ ...service('a'), attributes: { vcpus: Number.NaN } }], /services\[0\].*vcpus/)
  await rejects([{ ...service('a'), attributes: { note: 'x'.repeat(1_000_000) } }], /services\[0\].*note/)
  await rejects([{ ...service('a b') }], /services\[0\].*name/)
  assert.deepEqual((await client.ownServices()).services, [], 'of a list with a bad service none is registered')
  await assert.rejects(client.query({ expression: 'vcpu > 4' }), {
    code: 'QUERY_UNKNOWN_ATTRIBUTE',
    fields: { attribute: 'vcpu', position: 1, suggestion: 'vcpus' }
  })
  await assert.rejects(client.query({ expression: 'vcpus > ' }), { code: 'QUERY_SYNTAX' })
  await assert.rejects(client.query({ expression: Array.from({ length: 10_000 }, (_, i) => `vcpus == ${i}`).join(' || ') }), {
    code: 'QUERY_TOO_COMPLEX'
  })
  await assert.rejects(client.query({ expression: '('.repeat(10_000) + ')'.repeat(10_000) }), { code: 'QUERY_TOO_COMPLEX' })
  const huge = await fetch(`${api}/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(17 * 1024 * 1024)
  }).then(
    ({ status }) => status,
    () => 413
  )
  assert.equal(huge, 413, 'refused by status, or by a closed connection while it was still sending')
  assert.equal((await client.status()).health, 'ok')
})

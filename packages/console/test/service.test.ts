import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { servicesPerRequestMax } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { startNodeServer } from './node-server.ts'
import { runMain } from './run-main.ts'
import { alice, sampleMatch } from './samples.ts'

/** A file with this text, removed when the test ends. */
async function fileWith(context: TestContext, text: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudpeer-console-'))
  context.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'services.yaml')
  await writeFile(file, text)
  return file
}

/** A node that registers anything with a name; its error counts from the start of the request, as a real one's does. */
const registering = {
  registerServices: ({ services }: { services: readonly unknown[] }) => ({
    results: services.map((service, index) => {
      const { name } = service as { name?: string }
      if (name === undefined) throw new CloudError('INVALID', { field: `services[${index}].name`, problem: 'is missing' })
      return { name, seq: 1, acknowledged: 3, replicas: 5 }
    })
  })
}

test('a file is registered and the replicas are told', async (context) => {
  const { url, seen } = await startNodeServer(context, registering)
  const file = await fileWith(context, 'name: web-1\nattributes: {vcpus: 4, os: [linux, windows]}\n---\nname: web-2\n')
  const { code, stdout, stderr } = await runMain(['service', 'register', file, '--api', url])
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(seen[0]?.request, {
    services: [{ name: 'web-1', attributes: { vcpus: 4, os: ['linux', 'windows'] } }, { name: 'web-2' }]
  })
  assert.match(stdout, /web-2 +1 +3 of 5/)
  assert.match(stdout, /2 services registered, 2 still on the way to the last replicas\n$/)
})

test('standard input is a file too, and --json gives the results', async (context) => {
  const { url } = await startNodeServer(context, registering)
  const { code, stdout } = await runMain(['service', 'register', '-', '--json', '--api', url], { stdin: '{"services": [{"name": "web"}]}' })
  assert.deepEqual([code, JSON.parse(stdout)], [0, { results: [{ name: 'web', seq: 1, acknowledged: 3, replicas: 5 }] }])
})

test('what all replicas have needs no word about the way', async (context) => {
  const { url } = await startNodeServer(context, {
    registerServices: () => ({ results: [{ name: 'web', seq: 1, acknowledged: 5, replicas: 5 }] })
  })
  const { stdout } = await runMain(['service', 'register', '-', '--api', url], { stdin: 'name: web' })
  assert.match(stdout, /1 service registered\n$/)
})

test('many services go in batches, in order, and are summed up', async (context) => {
  const { url, seen } = await startNodeServer(context, registering)
  const stdin = JSON.stringify(Array.from({ length: 1201 }, (_, i) => ({ name: `s-${i}` })))
  const { code, stdout } = await runMain(['service', 'register', '-', '--api', url], { stdin })
  assert.deepEqual([code, stdout], [0, '1,201 services registered, 1,201 still on the way to the last replicas\n'])
  const batches = seen.map(({ request }) => (request as { services: { name: string }[] }).services)
  assert.ok(batches.every((batch) => batch.length <= servicesPerRequestMax))
  assert.deepEqual(
    batches.flat().map(({ name }) => name),
    Array.from({ length: 1201 }, (_, i) => `s-${i}`)
  )
})

test('an error in a later batch names its place in the file and what stands already', async (context) => {
  const { url } = await startNodeServer(context, registering)
  const stdin = JSON.stringify(Array.from({ length: 700 }, (_, i) => (i === 612 ? {} : { name: `s-${i}` })))
  const { code, stdout, stderr } = await runMain(['service', 'register', '-', '--api', url], { stdin })
  assert.deepEqual([code, stdout], [1, ''])
  assert.equal(
    stderr,
    'error: services[612].name: is missing\nhint: the first 500 services stand; correct the file and register it again\n'
  )
  const json = await runMain(['service', 'register', '-', '--api', url, '--json'], { stdin })
  assert.deepEqual(
    [json.code, JSON.parse(json.stderr).error.field, JSON.parse(json.stderr).error.registered],
    [1, 'services[612].name', 500]
  )
})

test('files that cannot be read are one line', async (context) => {
  const { url, seen } = await startNodeServer(context, registering)
  const cases: readonly [file: string, expected: RegExp][] = [
    ['/nowhere/services.yaml', /^error: \/nowhere\/services.yaml cannot be read: no such file or directory\n/],
    [tmpdir(), /cannot be read: illegal operation on a directory\n/],
    [await fileWith(context, Uint8Array.of(0x6e, 0xff, 0xfe)), /cannot be read: /],
    [await fileWith(context, new Uint8Array(9 * 1024 * 1024).fill(0x20)), /more than 8388608 bytes/],
    [await fileWith(context, 'name: [web\n'), /^error: .*services.yaml.*line 2/],
    [await fileWith(context, ''), /has no description/]
  ]
  for (const [file, expected] of cases) {
    const { code, stdout, stderr } = await runMain(['service', 'register', file, '--api', url])
    assert.deepEqual([code, stdout], [1, ''], stderr)
    assert.match(stderr, expected)
    assert.doesNotMatch(stderr, /\n {4}at /)
  }
  assert.equal(seen.length, 0)
})

test('get shows everything of every owner', async (context) => {
  const match = sampleMatch('web', { os: ['linux', 'windows'], vcpus: 4 })
  const { url } = await startNodeServer(context, {
    findService: ({ name }) => ({ matches: [{ ...match, name }], partial: false, missing: [] })
  })
  const { code, stdout } = await runMain(['service', 'get', 'web', '--api', url])
  assert.equal(code, 0)
  assert.deepEqual(stdout.split('\n'), [
    'name        web',
    `owner       ${alice}`,
    'endpoints   https://web.example',
    'attributes',
    '  os        linux, windows',
    '  vcpus     4',
    '',
    '1 owner',
    ''
  ])
})

test('get of an incomplete answer is loud and has its own exit code', async (context) => {
  const { url } = await startNodeServer(context, { findService: () => ({ matches: [], partial: true, missing: ['name/0'] }) })
  const { code, stdout } = await runMain(['service', 'get', 'web', '--api', url])
  assert.equal(code, 3)
  assert.match(stdout, /INCOMPLETE: 1 shard could not be asked \(name\/0\)/)
})

test('list shows the services of the node', async (context) => {
  const services = [{ ...sampleMatch('web'), epoch: 2, seq: 7, replicas: 5, acknowledged: 5 }]
  const { url } = await startNodeServer(context, { ownServices: () => ({ services }) })
  const shown = await runMain(['service', 'list', '--api', url])
  assert.match(shown.stdout, /web +2\.7 +5 of 5 +location=Tokyo vcpus=4\n\n1 service of this node\n$/)
  const json = await runMain(['service', 'list', '--json', '--api', url])
  assert.equal(JSON.parse(json.stdout).services[0].seq, 7)
})

test('list collects all pages', async (context) => {
  const all = ['a', 'b', 'c'].map((name) => ({ ...sampleMatch(name), epoch: 2, seq: 7, replicas: 5, acknowledged: 5 }))
  const { url, seen } = await startNodeServer(context, {
    ownServices: ({ after = '' }) => {
      const [first, second] = all.filter(({ name }) => name > after)
      return { services: first ? [first] : [], ...(first && second && { next: first.name }) }
    }
  })
  const { stdout } = await runMain(['service', 'list', '--json', '--api', url])
  assert.deepEqual(
    JSON.parse(stdout).services.map(({ name }: { readonly name: string }) => name),
    ['a', 'b', 'c']
  )
  assert.equal(seen.length, 3)
})

test('list ends where a node gives the same page again', async (context) => {
  const { url } = await startNodeServer(context, { ownServices: () => ({ services: [], next: 'a' }) })
  const { code, stderr } = await runMain(['service', 'list', '--api', url])
  assert.equal(code, 1)
  assert.match(stderr, /its pages do not get on/)
})

test('remove removes, once', async (context) => {
  const own = new Set(['web'])
  const { url } = await startNodeServer(context, {
    removeService: ({ name }) => {
      if (!own.delete(name)) throw new CloudError('NOT_FOUND', { kind: 'service', name })
      return { removed: true }
    }
  })
  const first = await runMain(['service', 'remove', 'web', '--api', url])
  assert.deepEqual([first.code, first.stdout], [0, 'web is removed\n'])
  const second = await runMain(['service', 'remove', 'web', '--api', url])
  assert.equal(second.code, 1)
  assert.equal(second.stderr, 'error: service web was not found\nhint: see what there is: cloudpeer service list, or cloudpeer query\n')
})

test('a name that no service can have is wrong usage', async (context) => {
  const { url, seen } = await startNodeServer(context, {})
  for (const name of ['..', 'a/b', '', 'x'.repeat(200)]) {
    const { code, stderr } = await runMain(['service', 'get', name, '--api', url])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /^error: name: /)
  }
  assert.equal(seen.length, 0)
})

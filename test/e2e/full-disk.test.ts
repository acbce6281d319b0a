import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { atEnd } from './at-end.ts'
import { eventually } from './eventually.ts'
import { dataDirectory, type SingleNode, startNode } from './single-node.ts'

const service = (name: string, text = '') => ({ name, attributes: { vcpus: 4, note: `-${text}` }, endpoints: [] })

const finds = (node: SingleNode, name: string) => async () => {
  const { matches, partial } = await node.client.query({ expression: `name == "${name}"` })
  return matches.length === 1 && !partial
}

const isReplicated = (node: SingleNode) => async () =>
  (await node.client.ownServices()).services.every(({ acknowledged, replicas }) => acknowledged === replicas && replicas > 1)

const problemsOf = async ({ client }: SingleNode) => (await client.status()).problems.map(({ code }) => code).join()

const hasProblems = (node: SingleNode, codes: string) => async () => (await problemsOf(node)) === codes

/** Two nodes that have ample space. */
async function startRoomyNodes(context: TestContext): Promise<readonly [SingleNode, SingleNode]> {
  const founder = await startNode(context, dataDirectory(context))
  const second = await startNode(context, dataDirectory(context), ['--join', founder.address])
  await eventually(async () => (await founder.client.status()).members === 2, 'the first two nodes know each other')
  await founder.client.registerServices({ services: [service('of-founder')] })
  return [founder, second]
}

const tmpfsBytes = 6 * 1024 * 1024

/** A directory on a small disk of its own; undefined where the machine does not let us have one. */
function smallDisk(context: TestContext): string | undefined {
  const place = join(dataDirectory(context), 'disk')
  mkdirSync(place)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${tmpfsBytes}`, 'cloudpeer-test', place], { stdio: 'ignore' })
  } catch {
    // Not root, or in a container that may not mount.
    return undefined
  }
  atEnd(context, () => execFileSync('umount', ['--lazy', place]))
  return place
}

test('a node whose disk is full says so, refuses what it cannot keep, answers on, and recovers', { timeout: 120_000 }, async (context) => {
  const directory = smallDisk(context)
  if (directory === undefined) return context.skip('mounting a tmpfs needs root')
  const [founder] = await startRoomyNodes(context)
  const node = await startNode(context, directory, ['--join', founder.address])
  await eventually(async () => (await node.client.status()).members === 3, 'all know each other')
  await node.client.registerServices({ services: [service('before')] })
  await eventually(isReplicated(founder), 'the founder has written to all')
  const filler = join(directory, 'filler')
  fillDisk(filler)

  await assert.rejects(node.client.registerServices({ services: [service('refused', 'x'.repeat(1000))] }), { code: 'STORE_FULL' })
  assert.equal(await problemsOf(node), 'STORE_FULL')
  assert.deepEqual(
    (await node.client.ownServices()).services.map(({ name }) => name),
    ['before'],
    'what was refused is not there'
  )
  assert.ok(await finds(node, 'of-founder')())
  assert.ok(await finds(founder, 'before')())
  const { results } = await founder.client.registerServices({ services: [service('meanwhile')] })
  assert.ok((results[0]?.acknowledged ?? 0) >= 2, 'the others go on')

  rmSync(filler)
  await eventually(hasProblems(node, ''), 'there is space again')
  await node.client.registerServices({ services: [service('accepted')] })
  await eventually(isReplicated(founder), 'what came meanwhile is written at last')
  for (const name of ['before', 'of-founder', 'meanwhile', 'accepted']) await eventually(finds(node, name), `${name} is found`)
})

/** Writes until nothing fits any more. */
function fillDisk(file: string): void {
  for (const bytes of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(file, new Uint8Array(bytes))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
}

test('a node whose stores have reached their limit says so, and recovers by removals or a higher limit', {
  timeout: 120_000
}, async (context) => {
  const [founder, second] = await startRoomyNodes(context)
  const directory = dataDirectory(context)
  const file = join(directory, 'settings.json')
  const limit = (storeBytesMax: number): void => writeFileSync(file, JSON.stringify({ storeBytesMax }))
  limit(1024 * 1024)
  const node = await startNode(context, directory, ['--join', founder.address, '--config', file])
  await eventually(async () => (await node.client.status()).members === 3, 'all know each other')
  const names = await registerUntilFull(node)
  assert.ok(names.length >= 100)
  assert.equal(await problemsOf(node), 'STORE_FULL')
  for (const asked of [founder, second, node]) assert.ok(await finds(asked, 'of-founder')())
  for (const asked of [founder, second]) assert.ok(await finds(asked, names.at(-1) ?? '')(), 'what was acknowledged is found')

  for (const name of names.slice(names.length / 2)) await node.client.removeService({ name })
  await eventually(hasProblems(node, ''), 'there is room')
  await node.client.registerServices({ services: [service('after-removals')] })
  await eventually(isReplicated(node), 'all is on all replicas')

  await registerUntilFull(node)
  await node.process.stop()
  limit(16 * 1024 * 1024)
  const again = await startNode(context, directory, ['--config', file])
  await again.client.registerServices({ services: [service('with-a-higher-limit')] })
  assert.equal(await problemsOf(again), '')
  await eventually(isReplicated(again), 'all is on all replicas')
  for (const asked of [founder, again]) {
    await eventually(finds(asked, 'with-a-higher-limit'), 'it is found')
    await eventually(finds(asked, names[0] ?? ''), 'what was registered first is found')
  }
})

test('a node without room for the copies of others leaves the answers to those that have it', { timeout: 120_000 }, async (context) => {
  const [founder, second] = await startRoomyNodes(context)
  const directory = dataDirectory(context)
  const file = join(directory, 'settings.json')
  writeFileSync(file, JSON.stringify({ storeBytesMax: 1024 * 1024 }))
  const node = await startNode(context, directory, ['--join', founder.address, '--config', file])
  await eventually(isComplete(node), 'it has what there is')
  const names = Array.from({ length: 500 }, (_, index) => `copy-${index}`)
  for (let from = 0; from < names.length; from += 50) {
    await founder.client.registerServices({ services: names.slice(from, from + 50).map((name) => service(name, 'x'.repeat(1000))) })
  }
  await eventually(hasProblems(node, 'STORE_FULL'), 'it has no room')
  for (const asked of [founder, second, node]) await eventually(async () => (await countOf(asked)) === names.length + 1, 'all is found')
  await node.process.stop()
  writeFileSync(file, JSON.stringify({ storeBytesMax: 16 * 1024 * 1024 }))
  const again = await startNode(context, directory, ['--config', file])
  await eventually(isComplete(again), 'it has everything with a higher limit')
  assert.equal(await countOf(again), names.length + 1)
})

test('a replica whose store is full recovers by removals alone', { timeout: 120_000 }, async (context) => {
  const [founder, second] = await startRoomyNodes(context)
  const directory = dataDirectory(context)
  const file = join(directory, 'settings.json')
  writeFileSync(file, JSON.stringify({ storeBytesMax: 1024 * 1024 }))
  const node = await startNode(context, directory, ['--join', founder.address, '--config', file])
  await eventually(isComplete(node), 'it has what there is')
  const names = Array.from({ length: 500 }, (_, index) => `copy-${index}`)
  for (let from = 0; from < names.length; from += 50) {
    await founder.client.registerServices({ services: names.slice(from, from + 50).map((name) => service(name, 'x'.repeat(1000))) })
  }
  await eventually(hasProblems(node, 'STORE_FULL'), 'it has no room')
  const { shards } = await node.client.status()
  assert.ok(shards.ready < shards.held, 'it does not answer for what it lacks')
  for (const name of names.slice(100)) await founder.client.removeService({ name })
  await eventually(hasProblems(node, ''), 'there is room')
  await eventually(isComplete(node), 'it has everything again')
  await eventually(isReplicated(founder), 'all is on all replicas')
  for (const asked of [founder, second, node]) await eventually(async () => (await countOf(asked)) === 101, 'what is left is found')
})

const isComplete = (node: SingleNode) => async () => {
  const { members, shards } = await node.client.status()
  return members === 3 && shards.held > 0 && shards.ready === shards.held
}

/** How many services a node finds; its answers must be complete. */
async function countOf({ client }: SingleNode): Promise<number> {
  let count = 0
  let after: string | undefined
  do {
    const answer = await client.query({ expression: 'vcpus == 4', limit: 1000, ...(after !== undefined && { after }) })
    assert.equal(answer.partial, false)
    count += answer.matches.length
    after = answer.next
  } while (after !== undefined)
  return count
}

let registered = 0

/** Registers services until a registration is refused; returns the names of those that were not. */
async function registerUntilFull({ client }: SingleNode): Promise<readonly string[]> {
  const names: string[] = []
  for (;;) {
    const services = Array.from({ length: 50 }, () => service(`s${String(registered++).padStart(6, '0')}`, 'x'.repeat(1000)))
    try {
      await client.registerServices({ services })
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'STORE_FULL')
      return names
    }
    names.push(...services.map(({ name }) => name))
  }
}

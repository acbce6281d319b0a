import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { isCloudError, sleep } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import type { DevNode, Effect } from '@cloudpeer/node/dev'
import { findsEverything, useChaosNetwork } from './chaos-network.ts'
import { eventually } from './eventually.ts'
import { askPlainly } from './plain-client.ts'

const chaos = useChaosNetwork(9)
const indexedAttributes = ['name', 'instance_type', 'vcpus', 'memory_mib', 'gpu_model', 'location']

test('those who watch over the next tests notice a service that is missing', { timeout: 40_000 }, async () => {
  const { scene, asked } = chaos
  const [service] = scene.published
  assert.ok(service)
  scene.published.push({ ...service, name: 'registered-by-nobody' })
  await eventually(async () => asked.wrong > 0, 'an answer is found wrong')
  scene.published.pop()
  assert.deepEqual(asked.wrongAnswers[0]?.missing, [`registered-by-nobody of ${service.owner}`])
  asked.wrong = 0
  asked.wrongAnswers.length = 0
})

test('a node that dies takes its own services with it, and nothing else', { timeout: 60_000 }, async (context) => {
  tell(context, await chaos.trouble('kill', [4]))
})

test('a node that falls silent is missed within 15 s, and is back within 15 s when it goes on', { timeout: 90_000 }, async (context) => {
  const effect = await chaos.trouble('freeze', [5], 16_000)
  assert.equal(effect.backMs.length, 1, 'it was gone')
  tell(context, effect)
})

test('a node that died comes back as itself, in the next epoch, with its services', { timeout: 60_000 }, async (context) => {
  const before = chaos.node(4)
  const epochs = await epochsOf(before.peerId)
  tell(context, await chaos.trouble('restart', [4]))
  const status = await chaos.node(4).client.status()
  assert.equal(status.peerId, before.peerId)
  assert.deepEqual([...epochs], [1])
  assert.equal(status.epoch, 2)
})

test('a node that is stopped and continued ten times a second makes nobody look dead', { timeout: 60_000 }, async () => {
  await chaos.trouble('slow', [2], 8000)
})

test('a node joins and answers for a shard whose holders die, two of nine and then two more', { timeout: 120_000 }, async (context) => {
  const { tenth, attribute } = await addHolder()
  assert.ok((await tenth.client.status()).shards.held > 0)
  const holders = (await holdersOf(attribute)).filter((node) => node !== tenth)
  assert.equal(holders.length, 4)
  const indices = holders.map(({ index }) => index)
  tell(context, await chaos.trouble('kill', indices.slice(0, 2)))
  tell(context, await chaos.trouble('kill', indices.slice(2)))
  assert.ok(await holds(tenth, attribute))
  const known = chaos.scene.published.filter(({ owner }) => !holders.some(({ peerId }) => peerId === owner))
  assert.ok(await findsEverything(tenth, { ...chaos.scene, published: known }), 'what the dead did not own is there')
})

test('services that a node has no more when it starts again disappear', { timeout: 60_000 }, async () => {
  const { network, published } = chaos.scene
  const node = network.nodes.find(({ process }) => process.state === 'ended')
  assert.ok(node, 'the test before has killed some')
  const own = published.filter(({ owner }) => owner === node.peerId)
  for (const end of ['', '-wal', '-shm']) rmSync(`${node.process.directory}/own-services.db${end}`, { force: true })
  for (const service of own.slice(1)) published.splice(published.indexOf(service), 1)
  const { peerId } = await network.start(node.index)
  assert.equal(peerId, node.peerId)
  const kept = own.slice(0, 1).map(({ owner: _, ...service }) => service)
  await chaos.node(node.index).client.registerServices({ services: kept })
  await eventuallyAllFindEverything()
})

test('the whole network is stopped and started again, and has everything back', { timeout: 120_000 }, async (context) => {
  const { network, history, clock } = chaos.scene
  const before = [...network.nodes]
  for (const { peerId } of before) history.note(peerId, 'unsettled', clock.now())
  await Promise.all(before.map(({ process }) => process.stop()))
  await Promise.all(before.map(({ index }) => network.start(index)))
  assert.deepEqual(
    network.nodes.map(({ peerId }) => peerId),
    before.map(({ peerId }) => peerId)
  )
  const startedMs = clock.now()
  await eventuallyAllFindEverything()
  tell(context, { goneMs: [], backMs: [clock.now() - startedMs] })
})

/** Adds nodes until one holds a shard, which is nearly always the first. */
async function addHolder(): Promise<{ readonly tenth: DevNode; readonly attribute: string }> {
  for (let attempts = 0; attempts < 3; attempts++) {
    const index = chaos.scene.network.nodes.length
    await chaos.trouble('add', [index])
    for (const attribute of indexedAttributes) if (await holds(chaos.node(index), attribute)) return { tenth: chaos.node(index), attribute }
  }
  return assert.fail('three nodes have joined, and none got a shard')
}

/** Running nodes that answer for the shard of an attribute themselves. */
async function holdersOf(attribute: string): Promise<readonly DevNode[]> {
  const running = chaos.scene.network.nodes.filter(({ process }) => process.state === 'running')
  const answers = await Promise.all(running.map(async (node) => ((await holds(node, attribute)) ? [node] : [])))
  return answers.flat()
}

async function holds(node: DevNode, attribute: string): Promise<boolean> {
  const request = { shards: [{ attribute }], expression: 'vcpus == 2', limit: 1 }
  const reply = (await askPlainly(node.addresses[0] ?? '', '/cloudpeer/registry/read/1', request)) as { readonly error?: { code: string } }
  if (reply.error !== undefined) assert.match(reply.error.code, /^(NOT_RESPONSIBLE|NOT_READY)$/)
  return reply.error === undefined
}

/** The epochs in which settled nodes know a member. */
async function epochsOf(peer: string): Promise<ReadonlySet<number | undefined>> {
  const running = chaos.scene.network.nodes.filter(({ process }) => process.state === 'running')
  const lists = await Promise.all(running.map(({ client }) => client.members()))
  return new Set(lists.map(({ members }) => members.find(({ peerId }) => peerId === peer)?.epoch))
}

async function eventuallyAllFindEverything(): Promise<void> {
  const { network } = chaos.scene
  const down = network.nodes.filter(({ process }) => process.state === 'ended').map(({ peerId }) => peerId)
  const published = chaos.scene.published.filter(({ owner }) => !down.includes(owner))
  const endMs = systemClock.now() + 60_000
  for (const node of network.nodes.filter(({ process }) => process.state === 'running')) {
    while (!(await findsEverything(node, { ...chaos.scene, published }).catch(refusal))) {
      assert.ok(systemClock.now() < endMs, `node ${node.index} does not find everything within 60 s`)
      await sleep(systemClock, 200)
    }
  }
}

/** A node that has just been started may not answer yet. */
function refusal(error: unknown): boolean {
  if (!isCloudError(error)) throw error
  return false
}

function tell(context: TestContext, { goneMs, backMs }: Pick<Effect, 'goneMs' | 'backMs'>): void {
  const seconds = (values: readonly number[]): string => values.map((ms) => (ms / 1000).toFixed(1)).join(', ')
  if (goneMs.length > 0) context.diagnostic(`gone after ${seconds(goneMs)} s`)
  if (backMs.length > 0) context.diagnostic(`back after ${seconds(backMs)} s`)
}

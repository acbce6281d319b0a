import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'
import { createDeafTransport } from './deaf-transport.ts'

const shardOfNames = 'name:..'

async function cloudOf(size: number, seed: number): Promise<SimulatedCloud> {
  const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
  await cloud.grow(size)
  await cloud.time.advance(3_000)
  return cloud
}

/** The replicas of the shard of the names, in order. */
function replicasOf({ nodes }: SimulatedCloud, any: SimulatedNode): readonly SimulatedNode[] {
  const key = `cloudpeer/shard/${any.overlay.network.id}/${shardOfNames}`
  return any.overlay.responsible(key, 5).map((peer) => nodes.find((node) => node.peer === peer) as SimulatedNode)
}

function only<T>(items: readonly T[], wanted: (item: T) => boolean): T {
  const found = items.find(wanted)
  assert.ok(found !== undefined)
  return found
}

/** Registers a service that lives only in the shard of the names; returns how many replicas had it when it was acknowledged. */
async function register(cloud: SimulatedCloud, owner: SimulatedNode, port: number): Promise<number | undefined> {
  const [registration] = await cloud.time.settle(
    owner.registry.register([parseDescription({ name: 'web', attributes: { port } }, cloud.schema)])
  )
  return registration?.acknowledged
}

/** As {@link register}, while the owner cannot reach the last two replicas. */
async function registerPast(
  cloud: SimulatedCloud,
  owner: SimulatedNode,
  unreachable: readonly SimulatedNode[],
  port: number
): Promise<void> {
  for (const { peer } of unreachable) cloud.network.block(owner.peer, peer)
  assert.equal(await register(cloud, owner, port), 3)
}

async function ask(cloud: SimulatedCloud, asker: SimulatedNode, expression: string, strong: boolean) {
  return cloud.time.settle(asker.registry.query({ expression, strong }))
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`anytime_a_strong_read_finds_what_a_majority_acknowledged: seed ${seed}`, async () => {
    const cloud = await cloudOf(9, seed)
    const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
    const owner = only(cloud.nodes, (node) => !replicas.includes(node))
    const behind = replicas.slice(3)
    await registerPast(cloud, owner, behind, 1000 + seed)
    for (const asker of cloud.nodes) {
      const answer = await ask(cloud, asker, `port == ${1000 + seed}`, true)
      assert.deepEqual([answer.matches.length, answer.partial, answer.consistency], [1, false, 'strong'])
    }
    cloud.network.heal()
    await cloud.time.advance(1_000)
    for (const asker of behind)
      assert.equal((await ask(cloud, asker, `port == ${1000 + seed}`, false)).matches.length, 1, 'read repair reached it')
    await cloud.stop()
  })

  test(`anytime_a_strong_read_never_shows_what_was_superseded: seed ${seed}`, async () => {
    const cloud = await cloudOf(9, seed + 50)
    const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
    const owner = only(cloud.nodes, (node) => !replicas.includes(node))
    await register(cloud, owner, 1)
    await registerPast(cloud, owner, replicas.slice(3), 2)
    for (const asker of cloud.nodes) {
      assert.equal((await ask(cloud, asker, 'port == 1', true)).matches.length, 0)
      assert.equal((await ask(cloud, asker, 'port == 2', true)).matches.length, 1)
    }
    await cloud.stop()
  })
}

test('a strong read without a majority says which shard is missing, and still shows what it found', async () => {
  const cloud = await cloudOf(9, 7)
  const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
  const asker = only(cloud.nodes, (node) => !replicas.includes(node))
  await register(cloud, asker, 1)
  for (const { peer } of replicas.slice(0, 3)) cloud.network.freeze(peer)
  const answer = await ask(cloud, asker, 'port == 1', true)
  assert.deepEqual([answer.matches.length, answer.partial, answer.missing], [1, true, [shardOfNames]])
})

/** A cloud in which some nodes hear nothing new about the members. */
async function cloudWithDeaf(seed: number): Promise<{ readonly cloud: SimulatedCloud; readonly deaf: Set<PeerId> }> {
  const deaf = new Set<PeerId>()
  const cloud = createSimulatedCloud({
    seed,
    schema: workloadSchema,
    registry: { acknowledgeTimeoutMs: 600_000 },
    transport: (transport) => createDeafTransport(transport, () => deaf.has(transport.self))
  })
  await cloud.grow(9)
  await cloud.time.advance(3_000)
  return { cloud, deaf }
}

/** Longer than the detection of a crash and the hand-over after it. */
const handedOverMs = 60_000
/** Longer than two exchanges of tables, which is what brings news to those who were deaf. */
const heardMs = 400_000

/** Begins to register a service; tells whether it is acknowledged by now. */
function beginRegister({ schema }: SimulatedCloud, { registry }: SimulatedNode, port: number): () => boolean {
  let acknowledged = false
  const done = (): void => {
    acknowledged = true
  }
  registry.register([parseDescription({ name: 'web', attributes: { port } }, schema)]).then(done, () => undefined)
  return () => acknowledged
}

function block({ network }: SimulatedCloud, from: SimulatedNode, to: readonly SimulatedNode[]): () => void {
  return network.block(
    from.peer,
    to.map(({ peer }) => peer)
  )
}

/** Asks strongly: what was acknowledged before is found, or the answer says that it may be missing. */
async function assertNoGap(cloud: SimulatedCloud, acknowledged: () => boolean, reader: SimulatedNode, port: number): Promise<void> {
  const before = acknowledged()
  const { matches, partial } = await ask(cloud, reader, `port == ${port}`, true)
  assert.ok(!before || partial || matches.length === 1, 'acknowledged, and not found')
}

/** Once everybody has heard of everybody, it is acknowledged and found. */
async function assertSettles(cloud: SimulatedCloud, acknowledged: () => boolean, reader: SimulatedNode, port: number): Promise<void> {
  cloud.network.heal()
  await cloud.time.advance(heardMs)
  assert.equal(acknowledged(), true)
  const { matches, partial } = await ask(cloud, reader, `port == ${port}`, true)
  assert.deepEqual([matches.length, partial], [1, false])
  await cloud.stop()
}

for (const seed of [1, 2, 3]) {
  for (const behind of ['writer', 'reader'] as const) {
    test(`anytime_no_strong_read_misses_what_was_acknowledged_when_a_${behind}_has_not_heard_of_a_newcomer: seed ${seed}`, async () => {
      const { cloud, deaf } = await cloudWithDeaf(seed)
      const returning = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)[2] as SimulatedNode
      cloud.crash(returning)
      await cloud.time.advance(handedOverMs)
      const [first, second, third, fourth, displaced] = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
      assert.ok(first && second && third && fourth && displaced)
      const outside = cloud.nodes.filter((node) => ![first, second, third, fourth, displaced].includes(node))
      const [writer, reader] = outside
      assert.ok(writer && reader)
      for (const { peer } of behind === 'writer' ? [writer, first, second, displaced] : [reader, third, fourth, displaced]) deaf.add(peer)
      const newcomer = await cloud.boot(returning.machine, [(behind === 'writer' ? reader : writer).machine])
      await cloud.time.advance(3_000)
      const names = (node: SimulatedNode): boolean => replicasOf(cloud, node).includes(newcomer)
      assert.deepEqual([names(writer), names(reader)], behind === 'writer' ? [false, true] : [true, false])
      block(cloud, writer, [third, fourth])
      block(cloud, reader, [first, second])
      const acknowledged = beginRegister(cloud, writer, seed)
      await cloud.time.advance(3_000)
      await assertNoGap(cloud, acknowledged, reader, seed)
      deaf.clear()
      await assertSettles(cloud, acknowledged, reader, seed)
    })
  }

  test(`anytime_no_strong_read_misses_what_was_acknowledged_when_the_writer_has_not_heard_of_a_crash: seed ${seed}`, async () => {
    const { cloud, deaf } = await cloudWithDeaf(seed + 20)
    const replicas = replicasOf(cloud, cloud.nodes[0] as SimulatedNode)
    const [first, second, third, fourth, crashing] = replicas
    assert.ok(first && second && third && fourth && crashing)
    const [writer, reader] = cloud.nodes.filter((node) => !replicas.includes(node))
    assert.ok(writer && reader)
    const lift = block(cloud, writer, [first, second])
    block(cloud, writer, [third, fourth])
    const acknowledged = beginRegister(cloud, writer, seed)
    await cloud.time.advance(500)
    deaf.add(writer.peer)
    cloud.crash(crashing)
    await cloud.time.advance(handedOverMs)
    assert.deepEqual([acknowledged(), replicasOf(cloud, reader).includes(crashing)], [false, false])
    lift()
    block(cloud, reader, [first, second])
    await cloud.time.advance(30_000)
    await assertNoGap(cloud, acknowledged, reader, seed)
    deaf.clear()
    await assertSettles(cloud, acknowledged, reader, seed)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode } from '@cloudpeer/simulator'

const schema = { version: 1, attributes: { kind: { type: 'string', indexed: true }, cores: { type: 'int', indexed: true } } }
const shardIds = ['name:..', 'kind:..', 'cores:..']
const replicas = 5
/** Longer than the detection of a crash, the hand-over after it, and what owners write again. */
const healedMs = 40_000
/** Longer than two intervals of anti-entropy. */
const comparedMs = 120_000

const protocol = (name: string): string => `/cloudpeer/registry/${name}/1`

async function cloudOf(size: number, seed: number): Promise<SimulatedCloud> {
  const cloud = createSimulatedCloud({ seed, schema })
  await cloud.grow(size)
  await cloud.time.advance(5_000)
  assert.ok(cloud.nodes.every(isReady), 'a replica is not complete')
  return cloud
}

function isReady({ registry }: SimulatedNode): boolean {
  const { held, ready } = registry.status().shards
  return held === ready
}

/** Registers `count` services at a node and waits until every replica has them. */
async function publish(cloud: SimulatedCloud, { registry }: SimulatedNode, prefix: string, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  const services = names.map((name, index) => parseDescription({ name, attributes: { kind: 'web', cores: 1 + (index % 8) } }, cloud.schema))
  await cloud.time.settle(registry.register(services))
  const isEverywhere = (): boolean => registry.own().every((service) => service.acknowledged === service.replicas)
  for (const limit = cloud.time.now + 30_000; !isEverywhere() && cloud.time.now < limit; ) await cloud.time.advance(50)
  assert.ok(isEverywhere(), 'a replica lacks a record')
  return names
}

async function found(cloud: SimulatedCloud, { registry }: SimulatedNode, expression: string): Promise<readonly string[]> {
  const { matches, partial } = await cloud.time.settle(registry.query({ expression, limit: 1000 }))
  assert.equal(partial, false)
  return matches.map(({ name }) => name).sort()
}

function replicasOf({ nodes }: SimulatedCloud, shardId: string): readonly PeerId[] {
  const { overlay } = nodes[0] as SimulatedNode
  return overlay.responsible(`cloudpeer/shard/${overlay.network.id}/${shardId}`, replicas)
}

function bytesOf({ metrics }: SimulatedNode, name: string, direction: 'sent' | 'received'): number {
  return metrics.sum('cloudpeer_transport_bytes_total', { protocol: protocol(name), direction })
}

function sumOf({ nodes }: SimulatedCloud, name: string, labels = {}): number {
  return nodes.reduce((sum, { metrics }) => sum + metrics.sum(name, labels), 0)
}

test('anytime_no_query_misses_a_service_while_nodes_join', async () => {
  const cloud = await cloudOf(8, 1)
  const names = [
    ...(await publish(cloud, cloud.nodes[1] as SimulatedNode, 'a', 150)),
    ...(await publish(cloud, cloud.nodes[2] as SimulatedNode, 'b', 150))
  ].sort()
  const before = shardIds.map((id) => replicasOf(cloud, id).join())
  let queries = 0
  let growing = true
  const ask = async (): Promise<void> => {
    for (let settled = 0; growing || settled < 100; settled += growing ? 0 : 1) {
      const joined = cloud.nodes.filter(({ overlay }) => overlay.state === 'joined')
      const asker = joined[queries++ % joined.length] as SimulatedNode
      assert.deepEqual(await found(cloud, asker, ['kind == "web"', 'cores >= 1', 'name >= "a"'][queries % 3] as string), names)
      await cloud.time.advance(20)
    }
  }
  const grow = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) await cloud.grow(1)
    growing = false
  }
  await Promise.all([ask(), grow()])
  assert.notDeepEqual(
    shardIds.map((id) => replicasOf(cloud, id).join()),
    before
  )
  assert.ok(queries > 100, `${queries} queries`)
  await cloud.stop()
})

test('finally_nothing_is_lost_but_what_the_dead_owned_when_k_minus_1_replicas_die_one_after_the_other', async () => {
  const cloud = await cloudOf(20, 2)
  const owner = cloud.nodes.find(({ peer }) => !shardIds.some((id) => replicasOf(cloud, id).includes(peer)))
  assert.ok(owner)
  const names = await publish(cloud, owner, 'kept', 100)
  for (let killed = 0; killed < replicas - 1; killed++) {
    const [first] = replicasOf(cloud, 'kind:..').filter((peer) => peer !== owner.peer)
    const victim = cloud.nodes.find(({ peer }) => peer === first)
    assert.ok(victim)
    cloud.crash(victim)
    await cloud.time.advance(healedMs)
  }
  for (const asker of cloud.nodes) assert.deepEqual(await found(cloud, asker, 'kind == "web"'), [...names].sort())
  await cloud.stop()
})

test('anytime_no_query_misses_a_service_while_replicas_leave_for_good_one_after_the_other', async () => {
  const cloud = await cloudOf(10, 6)
  const [owner] = cloud.nodes
  assert.ok(owner)
  const names = [...(await publish(cloud, owner, 's', 100))].sort()
  for (let left = 0; left < replicas; left++) {
    const [first] = replicasOf(cloud, 'kind:..').filter((peer) => peer !== owner.peer)
    const leaver = cloud.nodes.find(({ peer }) => peer === first)
    assert.ok(leaver)
    await cloud.time.settle(leaver.stop('permanent'))
    for (let i = 0; i < 20; i++) {
      for (const asker of cloud.nodes) assert.deepEqual(await found(cloud, asker, 'kind == "web"'), names)
      await cloud.time.advance(100)
    }
  }
  await cloud.stop()
})

test('eventually_a_replica_that_missed_writes_is_repaired_by_anti_entropy', async () => {
  const cloud = await cloudOf(5, 3)
  const [, owner, behind] = cloud.nodes
  assert.ok(owner && behind)
  const names = await publish(cloud, owner, 's', 20)
  cloud.network.block(owner.peer, behind.peer)
  cloud.network.block(behind.peer, owner.peer)
  const late = parseDescription({ name: 'late', attributes: { kind: 'late', cores: 64 } }, cloud.schema)
  await cloud.time.settle(Promise.all([owner.registry.register([late]), owner.registry.remove('s-0')]))
  assert.deepEqual(await found(cloud, behind, 'cores >= 1'), [...names].sort())
  await cloud.time.advance(comparedMs)
  assert.deepEqual(await found(cloud, behind, 'cores >= 1'), [...names.slice(1), 'late'].sort())
  assert.deepEqual(await found(cloud, behind, 'kind == "late"'), ['late'])
  assert.ok(sumOf(cloud, 'cloudpeer_registry_repaired_records_total') > 0)
  await cloud.stop()
})

test('equal replicas cost less than 100 bytes each way a comparison', async () => {
  const cloud = await cloudOf(5, 4)
  await publish(cloud, cloud.nodes[1] as SimulatedNode, 's', 500)
  await cloud.time.advance(comparedMs)
  const state = () => ({
    compared: sumOf(cloud, 'cloudpeer_registry_reconciled_total'),
    equal: sumOf(cloud, 'cloudpeer_registry_reconciled_total', { outcome: 'equal' }),
    messages: sumOf(cloud, 'cloudpeer_transport_messages_total', { protocol: protocol('reconcile'), direction: 'sent' }),
    bytes: sumOf(cloud, 'cloudpeer_transport_bytes_total', { protocol: protocol('reconcile'), direction: 'sent' })
  })
  const before = state()
  await cloud.time.advance(comparedMs)
  const after = state()
  const compared = after.compared - before.compared
  assert.ok(compared >= 2 * cloud.nodes.length * shardIds.length, `${compared} comparisons`)
  assert.equal(after.equal - before.equal, compared)
  assert.equal(after.messages - before.messages, 2 * compared)
  assert.ok((after.bytes - before.bytes) / (2 * compared) < 100, `${(after.bytes - before.bytes) / compared} bytes a comparison`)
  await cloud.stop()
})

test('a restart with a disk moves only the difference, a newcomer each record once', async () => {
  const cloud = await cloudOf(5, 5)
  const [, owner, restarting] = cloud.nodes
  assert.ok(owner && restarting)
  const names = await publish(cloud, owner, 's', 400)
  const { bytes } = restarting.registry.status().shards
  cloud.crash(restarting)
  await cloud.time.advance(healedMs)
  const more = await publish(cloud, owner, 'm', 10)
  const restarted = await cloud.restart(restarting)
  await cloud.time.advance(5_000)
  assert.ok(isReady(restarted))
  const moved =
    bytesOf(restarted, 'copy', 'received') + bytesOf(restarted, 'reconcile', 'received') + bytesOf(restarted, 'reconcile', 'sent')
  assert.ok(moved < bytes / 10, `${moved} bytes of ${bytes}`)
  assert.deepEqual(await found(cloud, restarted, 'kind == "web"'), [...names, ...more].sort())

  const [newcomer] = await cloud.grow(1)
  assert.ok(newcomer)
  await cloud.time.advance(5_000)
  assert.ok(isReady(newcomer))
  const copied = bytesOf(newcomer, 'copy', 'received')
  const kept = newcomer.registry.status().shards.bytes
  assert.ok(kept > 0 && copied < 1.1 * kept, `${copied} bytes for ${kept}`)
  await cloud.stop()
})

test('eventually_a_replica_that_others_went_on_without_is_complete_again, and answers nothing meanwhile', async () => {
  const cloud = await cloudOf(9, 6)
  const [, owner] = cloud.nodes
  const frozen = cloud.nodes.find(({ peer }) => peer !== owner?.peer && replicasOf(cloud, 'name:..').includes(peer))
  assert.ok(owner && frozen)
  await publish(cloud, owner, 's', 20)
  const resume = cloud.network.freeze(frozen.peer)
  while (owner.overlay.member(frozen.peer)?.state !== 'AWAY') await cloud.time.advance(500)
  await publish(cloud, owner, 'm', 20)
  resume()
  const returned = cloud.time.now
  while (isReady(frozen) && cloud.time.now < returned + 5_000) await cloud.time.advance(1)
  assert.ok(!isReady(frozen), 'it has made up for nothing')
  await cloud.time.advance(5_000)
  assert.ok(isReady(frozen))
  await cloud.stop()
})

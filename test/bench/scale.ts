import { type PeerId, pick, present, sample } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import {
  createQueryGenerator,
  createRecordGenerator,
  createSimulatedCloud,
  type SimulatedCloud,
  type SimulatedNode,
  workloadSchema
} from '@cloudpeer/simulator'

/** Whole networks in virtual time: what an operation costs does not grow with the network. Sizes may be given as arguments. */
const sizes = process.argv.slice(2).map(Number)
const owners = 10
const servicesPerOwner = 20
const queries = 200
const oneWayMs = 10
const healLimitMs = 120_000

console.log('simulated networks, 10 ms one way: own messages per operation, bytes of hand-over per join, time to heal after a crash')
for (const size of sizes.length > 0 ? sizes : [10, 100]) {
  const cloud = createSimulatedCloud({ seed: size, schema: workloadSchema, latencyMs: () => oneWayMs })
  await cloud.grow(size)
  await cloud.time.advance(5_000)
  const perRegistration = await messagesPerRegistration(cloud)
  const perQuery = await messagesPerQuery(cloud)
  const joinBytes = await bytesOfJoin(cloud)
  const healMs = await timeToHeal(cloud)
  console.log(
    `  ${size} nodes: ${perRegistration.toFixed(2)} a registration (batches of ${servicesPerOwner}), ${perQuery.remote} a query that another node answers ` +
      `(${perQuery.local} of ${queries} needed none), ${joinBytes.shards} shards and ${joinBytes.bytes} bytes for a newcomer, healed ${(healMs / 1000).toFixed(1)} s after a crash`
  )
}
process.exit(0)

/** Writes and their replies, for each service that a majority of its replicas acknowledged. */
async function messagesPerRegistration(cloud: SimulatedCloud): Promise<number> {
  const { random, schema, time } = cloud
  const generate = createRecordGenerator(random)
  const before = messages(cloud, 'write')
  const registering = sample(random, cloud.nodes, owners).map((owner, index) => {
    const own = Array.from({ length: servicesPerOwner }, (_, service) => parseDescription(generate(`s${index}-${service}`), schema))
    return owner.registry.register(own)
  })
  await time.settle(Promise.all(registering))
  await time.advance(2_000)
  return (messages(cloud, 'write') - before) / (registering.length * servicesPerOwner)
}

async function messagesPerQuery({ random, nodes, time }: SimulatedCloud): Promise<{ remote: number; local: number }> {
  const generate = createRecordGenerator(random)
  const next = createQueryGenerator(
    random,
    Array.from({ length: 100 }, (_, index) => generate(`q${index}`))
  )
  const counts: number[] = []
  for (let query = 0; query < queries; query++) {
    counts.push((await time.settle(pick(random, nodes).registry.query({ expression: next().expression, limit: 20 }))).stats.messages)
  }
  const remote = counts.filter((count) => count > 0)
  return { remote: remote.reduce((sum, count) => sum + count, 0) / Math.max(1, remote.length), local: queries - remote.length }
}

/** Lets nodes join until one is responsible for something, and counts what it receives for that. */
async function bytesOfJoin(cloud: SimulatedCloud): Promise<{ shards: number; bytes: number }> {
  for (;;) {
    const [newcomer] = await cloud.grow(1)
    const { registry, metrics } = present(newcomer, 'a newcomer')
    await cloud.time.advance(10_000)
    const shards = registry.status().shards.held
    if (shards > 0)
      return {
        shards,
        bytes: ofRegistry(metrics, 'cloudpeer_transport_bytes_total', ['copy', 'reconcile', 'fetch', 'write', 'refresh'], 'received')
      }
  }
}

/** Virtual time from the crash of a node that holds a shard until all agree who is there and all replicas are complete again. */
async function timeToHeal(cloud: SimulatedCloud): Promise<number> {
  const victim = present(
    cloud.nodes.find(({ registry }, index) => index > 0 && registry.status().shards.held > 0),
    'a node that holds a shard'
  )
  const gone: PeerId = victim.peer
  cloud.crash(victim)
  const began = cloud.time.now
  const isHealed = (): boolean => cloud.nodes.every((node) => !node.overlay.servers().includes(gone) && isComplete(node))
  while (!isHealed() && cloud.time.now - began < healLimitMs) await cloud.time.advance(100)
  return cloud.time.now - began
}

function isComplete({ registry }: SimulatedNode): boolean {
  const { held, ready } = registry.status().shards
  return held === ready && registry.own().every(({ acknowledged, replicas }) => acknowledged === replicas)
}

function messages({ nodes }: SimulatedCloud, protocol: string): number {
  return nodes.reduce((sum, { metrics }) => sum + ofRegistry(metrics, 'cloudpeer_transport_messages_total', [protocol], 'sent'), 0)
}

function ofRegistry(metrics: SimulatedNode['metrics'], series: string, protocols: readonly string[], direction: string): number {
  return protocols.reduce((sum, name) => sum + metrics.sum(series, { protocol: `/cloudpeer/registry/${name}/1`, direction }), 0)
}

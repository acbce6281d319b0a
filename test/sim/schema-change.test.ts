import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudError, isCloudError, type PeerId, sleep } from '@cloudpeer/core'
import { parseDescription } from '@cloudpeer/model'
import { networkProtocol } from '@cloudpeer/overlay'
import { shardKey } from '@cloudpeer/registry/protocols'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, transportAround, workloadSchema } from '@cloudpeer/simulator'
import type { Transport } from '@cloudpeer/transport'

/** The same with the prices indexed. */
const secondSchema = { version: 2, attributes: { ...workloadSchema.attributes, price: { type: 'double', indexed: true } } }
/** So many nodes that next to none keeps both the names and the prices. */
const size = 40
/** Until nobody has a copy any more that came in passing, in ms: a minute and a sweep. */
const forgetMs = 90_000
const lateMs = 10_000
const pauseMs = 200
/** When the one who is late registers something, in ms. */
const registeredMs = [0, 2_000, 4_000]

/** A transport whose node, for as long as `isLate`, does not hear of the new schema. */
function createLateTransport(transport: Transport, isLate: () => boolean): Transport {
  return transportAround(transport, {
    request: (peer, protocol, body, options) =>
      isLate() && protocol.id === networkProtocol.id
        ? Promise.reject(new CloudError('DISCONNECTED', { peer }))
        : transport.request(peer, protocol, body, options),
    subscribe: (topic, { validate, handle }) =>
      transport.subscribe(topic, { validate: (message) => (isLate() ? 'ignore' : validate(message)), handle })
  })
}

function replicasOf({ overlay }: SimulatedNode, attribute: string): readonly PeerId[] {
  return overlay.responsible(shardKey(overlay.network.id, { attribute }), 5)
}

/** Services with prices in a cloud, and what their owners were told. */
class Prices {
  readonly #cloud: SimulatedCloud
  readonly #acknowledged = new Set<string>()

  constructor(cloud: SimulatedCloud) {
    this.#cloud = cloud
  }

  async register({ registry }: SimulatedNode, name: string, price: number): Promise<void> {
    try {
      await registry.register([parseDescription({ name, attributes: { price } }, this.#cloud.schema)])
      this.#acknowledged.add(name)
    } catch (error) {
      assert.ok(isCloudError(error, 'UNACKNOWLEDGED'), String(error))
    }
  }

  /** Who keeps the prices once they are indexed: it is them who read there. */
  get #keepers(): readonly SimulatedNode[] {
    const { nodes } = this.#cloud
    const keepers = replicasOf(nodes[0] as SimulatedNode, 'price')
    return nodes.filter(({ peer }) => keepers.includes(peer))
  }

  /** Asks strongly again and again: each answer has all that was acknowledged before, or says that it may not. How many had all. */
  async read(forMs: number): Promise<number> {
    const { time } = this.#cloud
    let whole = 0
    for (const untilMs = time.now + forMs; time.now < untilMs; ) {
      const reads = this.#keepers.map((asker) => this.#readAt(asker))
      await time.advance(pauseMs)
      whole += (await time.settle(Promise.all(reads))).filter(Boolean).length
    }
    return whole
  }

  async #readAt({ registry, overlay }: SimulatedNode): Promise<boolean> {
    const expected = [...this.#acknowledged]
    const { matches, partial } = await registry.query({ expression: 'price >= 0', limit: 1000, strong: true })
    if (partial) return false
    const found = new Set(matches.map(({ name }) => name))
    const missed = expected.filter((name) => !found.has(name))
    assert.deepEqual(missed, [], `missed silently at ${this.#cloud.time.now} ms, under schema ${overlay.network.schemaVersion}`)
    return true
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`anytime_nothing_is_missed_silently while an attribute comes to be indexed: seed ${seed}`, async () => {
    let late: SimulatedNode | undefined
    const cloud = createSimulatedCloud({
      seed,
      schema: workloadSchema,
      transport: (transport) => createLateTransport(transport, () => transport.self === late?.peer)
    })
    const { time } = cloud
    const [founder, ...members] = await cloud.grow(size)
    const last = members[seed]
    assert.ok(founder !== undefined && last !== undefined)
    const prices = new Prices(cloud)
    await time.settle(Promise.all(cloud.nodes.map((node, index) => prices.register(node, `before-${index}`, index))))
    await time.advance(forgetMs)
    late = last
    await time.settle(founder.overlay.publishSchema(secondSchema, 2))
    const meanwhile = registeredMs.map(async (atMs) => {
      await sleep(time.clock, atMs)
      await prices.register(last, `meanwhile-${atMs}`, atMs)
    })
    await prices.read(lateMs)
    assert.equal(last.overlay.network.schemaVersion, 1)
    late = undefined
    await time.settle(Promise.all(meanwhile))
    await time.advance(60_000)
    assert.ok(cloud.nodes.every(({ overlay }) => overlay.network.schemaVersion === 2))
    await time.settle(Promise.all(cloud.nodes.map((node, index) => prices.register(node, `after-${index}`, index))))
    assert.equal(await prices.read(pauseMs), 5)
    await cloud.stop()
  })
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`what was withdrawn does not come into the shard of an attribute that comes to be indexed: seed ${seed}`, async () => {
    const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
    const { time, network } = cloud
    const [founder, ...members] = await cloud.grow(size)
    assert.ok(founder !== undefined)
    const replicas = replicasOf(founder, 'name')
    const owner = members.find(({ peer }) => !replicas.includes(peer)) as SimulatedNode
    await time.settle(owner.registry.register([parseDescription({ name: 'gone', attributes: { price: 1 } }, cloud.schema)]))
    await time.advance(forgetMs)
    // Those in the middle: what they give comes after the word of one that knows better, and before that of another.
    for (const behind of replicas.slice(1, 3)) network.block(owner.peer, behind)
    assert.equal(await time.settle(owner.registry.remove('gone')), true)
    await time.settle(founder.overlay.publishSchema(secondSchema, 2))
    await time.advance(lateMs)
    const keepers = cloud.nodes.filter(({ peer }) => replicasOf(founder, 'price').includes(peer))
    for (const { registry } of keepers) {
      const { matches, partial } = await time.settle(registry.query({ expression: 'price >= 0', strong: true }))
      assert.deepEqual([matches.length, partial], [0, false])
    }
    network.heal()
    await cloud.stop()
  })
}

for (const seed of [1, 2, 3, 4]) {
  test(`eventually_schemas_agree where a founder that was put back publishes another one of the same version: seed ${seed}`, async () => {
    const cloud = createSimulatedCloud({ seed, schema: workloadSchema })
    const { time } = cloud
    const [founder, member] = await cloud.grow(size)
    assert.ok(founder !== undefined && member !== undefined)
    const before = founder.machine.disk.snapshot()
    await time.settle(founder.overlay.publishSchema(secondSchema, 2))
    await time.advance(lateMs)
    cloud.crash(founder)
    founder.machine.disk.restore(before)
    const again = await time.settle(cloud.boot(founder.machine))
    const otherSchema = { version: 2, attributes: { ...workloadSchema.attributes, port: { type: 'int', indexed: true } } }
    await time.settle(again.overlay.publishSchema(otherSchema, 2))
    for (const [index, { registry }] of [again, member].entries()) {
      const service = parseDescription({ name: `both-${index}`, attributes: { price: 1, port: 80 } }, cloud.schema)
      await time.settle(registry.register([service]))
    }
    await time.advance(60_000)
    assert.equal(new Set(cloud.nodes.map(({ overlay }) => JSON.stringify(overlay.network.schema))).size, 1)
    for (const { registry } of [again, member, cloud.nodes[seed + 1] as SimulatedNode])
      for (const expression of ['price >= 0', 'port >= 0']) {
        const { matches, partial } = await time.settle(registry.query({ expression, strong: true }))
        assert.deepEqual([matches.map(({ name }) => name), partial], [['both-0', 'both-1'], false])
      }
    await cloud.stop()
  })
}

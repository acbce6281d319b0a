import assert from 'node:assert/strict'
import test from 'node:test'
import { isCloudError, seededRandom } from '@cloudpeer/core'
import { createHashSigner } from '@cloudpeer/core/identity'
import { foundNetwork } from '@cloudpeer/overlay'
import { createFleet, nodeAt, opinions, peerOf } from './fleet.ts'

const keys = Array.from({ length: 60 }, (_, index) => `key ${index}`)

test('finally_routing_agrees: every node names the same responsible nodes, and Kademlia does too', async () => {
  const fleet = await createFleet({ size: 30 })
  await fleet.time.advance(5_000)
  for (const key of keys) {
    const expected = nodeAt(fleet, 0).overlay.responsible(key, 5)
    assert.equal(expected.length, 5)
    for (const { overlay } of fleet.nodes) assert.deepEqual(overlay.responsible(key, 5), expected)
    assert.deepEqual(await fleet.time.settle(nodeAt(fleet, 3).transport.closestPeers(Buffer.from(key), 5)), expected)
  }
})

test('routes leave out who is AWAY, and are the same array while nothing changes', async () => {
  const fleet = await createFleet({ size: 6 })
  const { overlay } = nodeAt(fleet, 0)
  const before = overlay.responsible('key', 6)
  assert.equal(overlay.responsible('key', 6), before)
  const leaver = nodeAt(fleet, 2)
  await fleet.stop(leaver, 'temporary')
  await fleet.until(() => opinions(fleet, leaver).every((state) => state === 'AWAY'), 1_000, 'all know')
  assert.deepEqual(
    overlay.responsible('key', 6),
    before.filter((peer) => peer !== leaver.peer)
  )
})

test('with the directory distrusted the responsible nodes are found by Kademlia, and only then', async () => {
  const fleet = await createFleet({ size: 12 })
  const { overlay, transport } = nodeAt(fleet, 4)
  const expected = overlay.responsible('key', 5)
  let asked = 0
  const { closestPeers } = transport
  transport.closestPeers = (...given) => {
    asked++
    return closestPeers.apply(transport, given)
  }
  assert.deepEqual(await fleet.time.settle(overlay.locate('key', 5)), expected)
  const before = asked
  overlay.forgetDirectory()
  assert.deepEqual(await fleet.time.settle(overlay.locate('key', 5)), expected)
  assert.equal(asked, before + 1)
})

test('one route in a hundred is compared with Kademlia; a lying Kademlia shows', async () => {
  const fleet = await createFleet({ size: 7 })
  await fleet.time.advance(5_000)
  const { overlay, transport } = nodeAt(fleet, 4)
  for (let round = 0; round < 1_000; round++) {
    overlay.responsible(`key ${round}`, 5)
    await fleet.time.advance(50)
  }
  assert.ok(overlay.routing.crossChecked >= 3 && overlay.routing.crossChecked <= 25, `${overlay.routing.crossChecked}`)
  assert.equal(overlay.routing.disagreed, 0)
  transport.closestPeers = async () => fleet.nodes.slice(0, 5).map(({ peer }) => peer)
  for (let round = 0; round < 1_000; round++) {
    overlay.responsible(`key ${round}`, 5)
    await fleet.time.advance(50)
  }
  assert.ok(overlay.routing.disagreed > 0)
  const before = overlay.routing.crossChecked
  for (let round = 0; round < 1_000; round++) {
    overlay.responsible(`key ${round}`, 5)
    await fleet.time.advance(1)
  }
  assert.ok(overlay.routing.crossChecked <= before + 2, 'at most one comparison a second')
})

test('a node of another network is refused, is not asked again, and goes on trying its other addresses', async () => {
  const fleet = await createFleet({ size: 3 })
  const descriptor = foundNetwork({ signer: createHashSigner(peerOf(77)), random: seededRandom(5), name: 'other', schema: {} })
  const stranger = await fleet.start(3, { descriptor, networkId: 'other' })
  await fleet.time.advance(60_000)
  assert.equal(stranger.overlay.state, 'joining')
  assert.equal(stranger.overlay.members().length, 1)
  assert.ok(fleet.nodes.slice(0, 3).every(({ overlay }) => overlay.members().length === 3))
})

test('a founder without addresses has joined at once; another node has not until it finds one', async () => {
  const fleet = await createFleet({ size: 1 })
  assert.equal(nodeAt(fleet, 0).overlay.state, 'joined')
  assert.deepEqual(await fleet.time.settle(nodeAt(fleet, 0).overlay.locate('key', 3)), [nodeAt(fleet, 0).peer])
  const seeker = await fleet.start(1, { join: ['/ip4/10.9.9.9/tcp/1', 'garbage'] })
  await fleet.time.advance(5_000)
  assert.equal(seeker.overlay.state, 'joining')
  await fleet.stop(seeker, 'none')
  const finder = await fleet.start(1, { join: ['garbage', '/ip4/10.9.9.9/tcp/1', fleet.network.addressOf(peerOf(0))] })
  await fleet.until(() => finder.overlay.state === 'joined', 5_000, 'joined by its third address')
})

test('a new schema reaches all, by the topic, and a node that slept through it by the exchange of tables', async () => {
  const fleet = await createFleet({ size: 12 })
  await fleet.time.advance(5_000)
  const sleeper = nodeAt(fleet, 5)
  const others = fleet.nodes.filter((node) => node !== sleeper)
  const cut = fleet.nodes.map(({ peer }) => peer).filter((peer) => peer !== sleeper.peer)
  fleet.network.partition([sleeper.peer], cut)
  let told = 0
  nodeAt(fleet, 3).overlay.onNetwork((network) => {
    told = network.schemaVersion
  })
  await fleet.time.settle(nodeAt(fleet, 0).overlay.publishSchema({ version: 'two' }, 2))
  await fleet.until(() => others.every(({ overlay }) => overlay.network.schemaVersion === 2), 1_000, 'all connected nodes have it')
  assert.equal(told, 2)
  await fleet.time.advance(60_000)
  assert.equal(sleeper.overlay.network.schemaVersion, 1)
  fleet.network.heal()
  await fleet.until(() => sleeper.overlay.network.schemaVersion === 2, 60_000, 'the sleeper has it')
  assert.deepEqual(sleeper.overlay.network.schema, { version: 'two' })
})

test('only the founder publishes a schema, and only a higher version', async () => {
  const fleet = await createFleet({ size: 2 })
  await assert.rejects(nodeAt(fleet, 1).overlay.publishSchema({}, 2), (error) => isCloudError(error, 'NOT_FOUNDER'))
  await assert.rejects(nodeAt(fleet, 0).overlay.publishSchema({}, 1), (error) => isCloudError(error, 'STALE_NETWORK'))
})

test('anytime_a_forged_or_garbled_topic_message_is_not_passed_on', async () => {
  const fleet = await createFleet({ size: 4 })
  const before = fleet.nodes.map(({ overlay }) => overlay.version)
  const forged = foundNetwork({
    signer: createHashSigner(peerOf(2)),
    random: seededRandom(9),
    name: 'forged',
    schema: {},
    schemaVersion: 9
  })
  await fleet.time.settle(nodeAt(fleet, 2).transport.publish('network', Uint8Array.of(1, 2, 3)))
  await fleet.time.settle(nodeAt(fleet, 2).transport.publish('network', Buffer.from(forged.body)))
  await fleet.time.advance(500)
  assert.deepEqual(
    fleet.nodes.map(({ overlay }) => overlay.version),
    before
  )
  assert.ok(fleet.nodes.every(({ overlay }) => overlay.network.schemaVersion === 1))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { present } from '@cloudpeer/core'
import type { Fence, Lease } from '../../src/documents/lease.ts'
import type { Offer } from '../../src/documents/offer.ts'
import type { Signed } from '../../src/documents/signed-document.ts'
import { restingTtlMs } from '../../src/owner/offer-publisher.ts'
import type { Owner } from '../../src/owner/owner.ts'
import { active, type Client, createWorld, granted, options, type World } from './owner-world.ts'

test('a restart without the ledger grants nothing until every old lease must have ended', async () => {
  const world = createWorld()
  world.directory.epoch = 4
  const owner = await world.start()
  const client = await world.client('a')
  assert.equal(owner.state, 'quarantined')
  assert.equal(owner.capacity().quarantineMs, options.leaseMs + options.holdMs - world.time.now)
  const reply = await client.propose(client.request())
  assert.deepEqual([reply.granted, reply.state], [[], 'closed'])
  await world.time.advance(options.leaseMs + options.holdMs - 1_000)
  assert.equal(owner.state, 'quarantined')
  await world.time.advance(1_000)
  assert.equal(owner.state, 'open')
  assert.deepEqual((await granted(client)).fence, { epoch: 4, seq: 1 })
})

test('an owner for which another process spoke after its image is in quarantine; leases of its ledger go on', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  const fence = await active(client)
  await world.crash()
  const owner = await world.start()
  world.raise(5)
  assert.equal(owner.state, 'quarantined')
  assert.deepEqual((await client.propose(client.request())).granted, [])
  assert.equal(((await client.renew(fence))[0] as Lease).state, 'active')
  for (let ms = 0; ms < options.leaseMs + options.holdMs; ms += 20_000) {
    await world.time.advance(20_000)
    await client.renew(fence)
  }
  assert.equal(owner.state, 'open')
  assert.deepEqual((await granted(client)).fence, { epoch: 5, seq: 2 })
})

test('anytime_an_owner_whose_disk_is_an_image_of_its_last_run_grants_nothing_that_it_gave_since', async () => {
  const world = createWorld()
  await world.start()
  const [witness, client] = [await world.client('m'), await world.client('a')]
  world.directory.matchers = [world.peer, witness.peer]
  await world.time.settle(witness.transport.connect(world.network.addressOf(world.peer)))
  const image = world.disk.image()
  await active(client)
  await world.time.advance(100)
  await world.crash()
  world.disk.restore(image)
  const owner = await world.start()
  await world.time.settle(witness.transport.connect(world.network.addressOf(world.peer)))
  assert.deepEqual((await client.propose(client.request())).granted, [], 'nothing before a witness was heard')
  await world.time.advance(2_000)
  assert.equal(owner.state, 'quarantined')
  await world.time.advance(options.leaseMs + options.holdMs)
  assert.deepEqual((await granted(client)).fence, { epoch: 2, seq: 2 })
})

test('a lease that is newer than the ledger puts a restored owner in quarantine, and one of this run does not', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  const image = world.disk.image()
  const fence = await active(client)
  await world.crash()
  world.disk.restore(image)
  const owner = await world.start()
  await world.time.advance(1_000)
  assert.equal((await granted(client)).fence.epoch, 2)
  assert.deepEqual(await client.renew({ epoch: 2, seq: 99 }), ['LEASE_UNKNOWN'])
  assert.equal(owner.state, 'open')
  assert.deepEqual(await client.renew(fence), ['LEASE_UNKNOWN'])
  assert.equal(owner.state, 'quarantined')
  await world.time.advance(options.leaseMs + options.holdMs)
  assert.equal(owner.state, 'open')
  await client.renew(fence)
  assert.equal(owner.state, 'open', 'by now it has ended in any case')
})

test('a restored owner waits for a majority of the other matchers, and for nobody where there are none', async () => {
  const world = createWorld()
  await world.start()
  const witness = await world.client('m')
  await world.crash()
  world.directory.matchers = [world.peer, witness.peer]
  await world.start()
  const client = await world.client('a')
  await world.time.advance(20_000)
  assert.deepEqual((await client.propose(client.request())).state, 'closed', 'the witness cannot be reached')
  world.directory.matchers = [world.peer]
  await world.time.advance(10_000)
  await granted(client)
})

/** An owner that was put back to an image, and the witness `m` of its cell, which has restarted as well: of the lease that `a` got meanwhile neither knows. */
async function putBack(): Promise<{
  world: World
  client: Client
  witness: Client
  fence: Fence
  owner: Owner
  lost: Offer
  signed: Signed | undefined
}> {
  const world = createWorld()
  await world.start()
  const [witness, client] = [await world.client('m'), await world.client('a')]
  world.directory.matchers = [world.peer, witness.peer]
  await world.time.settle(witness.transport.connect(world.network.addressOf(world.peer)))
  const image = world.disk.image()
  const fence = await active(client)
  await world.time.advance(100)
  const [lost, signed] = [present(witness.offers.at(-1), 'an offer'), witness.offer]
  await world.crash()
  world.disk.restore(image)
  witness.offer = undefined
  witness.keptMs = 0
  const owner = await world.start()
  await world.time.settle(witness.transport.connect(world.network.addressOf(world.peer)))
  return { world, client, witness, fence, owner, lost, signed }
}

test('anytime_a_witness_that_has_come_lately_proves_nothing: the lease is named before anything is granted', async () => {
  const { world, client, fence, owner } = await putBack()
  await world.time.advance(options.leaseMs / 3 - 1_000)
  assert.deepEqual((await client.propose(client.request())).state, 'closed')
  await client.renew(fence)
  await world.time.advance(20_000)
  assert.equal(owner.state, 'quarantined')
})

test('where all have restarted and nobody names a lease an owner grants after a third of its time', async () => {
  const { world, client } = await putBack()
  await world.time.advance(options.leaseMs / 3 + 8_000)
  await granted(client)
})

test('eventually_a_witness_that_has_kept_the_cell_for_long_is_enough', async () => {
  const { world, client, witness } = await putBack()
  witness.keptMs = restingTtlMs(options)
  await world.time.advance(8_000)
  await granted(client)
})

test('a witness that comes while old leases may last is asked too, and one that knows better is believed', async () => {
  const { world, client, witness, owner, signed } = await putBack()
  witness.keptMs = restingTtlMs(options)
  await world.time.advance(8_000)
  await granted(client)
  const late = await world.client('n')
  late.lost = signed
  await world.time.settle(late.transport.connect(world.network.addressOf(world.peer)))
  world.directory.matchers = [world.peer, late.peer]
  await world.time.advance(10_000)
  assert.equal(owner.state, 'quarantined')
})

test('an owner hears what is told of it as a matcher: an older process granted more, and its own offers say nothing new', async () => {
  const { world, client, owner, lost, witness } = await putBack()
  witness.keptMs = restingTtlMs(options)
  await world.time.advance(8_000)
  await granted(client)
  await world.time.advance(1_000)
  owner.heardOwn(present(witness.offers.at(-1), 'an offer'))
  assert.equal(owner.state, 'open')
  owner.heardOwn(lost)
  assert.equal(owner.state, 'quarantined')
})

test('eventually_an_owner_that_reaches_no_witness_grants_once_nothing_can_be_out', async () => {
  const world = createWorld()
  await world.start()
  const witness = await world.client('m')
  await world.crash()
  world.network.crash(witness.peer)
  world.directory.matchers = [world.peer, witness.peer]
  await world.start()
  const client = await world.client('a')
  await world.time.advance(options.leaseMs)
  assert.deepEqual((await client.propose(client.request())).state, 'closed')
  await world.time.advance(options.holdMs + 8_000)
  await granted(client)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScope, isCloudError, seededRandom, silentLog } from '@cloudpeer/core'
import type { Lease } from '../../src/documents/lease.ts'
import { proposeProtocol } from '../../src/protocols/grant.ts'
import { cpu } from '../ledger/wishes.ts'
import { active, createWorld, granted, options } from './owner-world.ts'

test('a proposal becomes a hold, a grant, and once confirmed a lease that is renewed and released', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const reply = await client.propose(client.request())
  assert.deepEqual([reply.granted, reply.free, reply.state], [[0], cpu(1000), 'open'])
  const [lease] = client.granted
  assert.ok(lease)
  assert.deepEqual([lease.owner, lease.requester, lease.state, lease.fence], [world.peer, client.peer, 'held', { epoch: 1, seq: 1 }])
  assert.ok(lease.ttlMs <= options.holdMs && lease.ttlMs > options.holdMs - 100)
  assert.deepEqual([owner.capacity().held, owner.capacity().active], [1, 0])
  const [confirmed] = (await client.confirm(lease.fence)) as Lease[]
  assert.equal(confirmed?.state, 'active')
  await world.time.advance(30_000)
  const [renewed] = (await client.renew(lease.fence)) as Lease[]
  assert.equal(renewed?.ttlMs, options.leaseMs)
  assert.deepEqual(
    owner.leases().map(({ id, side }) => [id, side]),
    [[`${world.peer}.1.1`, 'owner']]
  )
  assert.deepEqual(await client.release(lease.fence), ['RELEASED'])
  assert.deepEqual(await client.release(lease.fence), ['RELEASED'])
  assert.deepEqual(owner.capacity().free, cpu(2000))
})

test('a grant comes two ways after the proposal, once it is on disk', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  await client.propose(client.request())
  const before = world.time.now
  await client.propose(client.request())
  assert.equal(client.granted.length, 2)
  assert.ok(world.time.now - before <= 20 + options.commitDelayMs + 1, `${world.time.now - before} ms`)
})

test('eventually_others_are_granted: nothing is held for a while for a requester that lets holds pass, until it takes one', async () => {
  const world = createWorld()
  await world.start()
  const [hoarder, other] = [await world.client('a'), await world.client('b')]
  await hoarder.propose(hoarder.request())
  await world.time.advance(options.holdMs + 100)
  const { granted: held, pauseMs = 0 } = await hoarder.propose(hoarder.request())
  assert.deepEqual(held, [])
  assert.ok(pauseMs > 0 && pauseMs <= 2 * options.holdMs, `${pauseMs} ms`)
  assert.deepEqual((await other.propose(other.request())).pauseMs, undefined)
  await world.time.advance(pauseMs)
  const { fence } = await granted(hoarder)
  await hoarder.confirm(fence)
  await granted(hoarder)
  await world.time.advance(options.holdMs + 100)
  const again = await hoarder.propose(hoarder.request())
  assert.ok(
    (again.pauseMs ?? 0) > 0 && (again.pauseMs ?? 0) <= 2 * options.holdMs,
    `${again.pauseMs} ms: the first pause was not forgotten`
  )
})

test('several units are one grant, and what there is no room for is left out', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  const reply = await client.propose(client.request({ count: 4 }), [0, 2, 2, 3])
  assert.deepEqual([reply.granted, reply.free], [[0, 2], cpu(0)])
  assert.deepEqual(
    client.granted.map(({ unit }) => unit),
    [0, 2]
  )
})

test('the owner itself looks whether it is what the request wants', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  assert.deepEqual((await client.propose(client.request({ expression: 'arch == "x86"' }))).granted, [])
  await assert.rejects(client.propose(client.request({ expression: 'arch ==' })), (error) => isCloudError(error, 'QUERY_SYNTAX'))
  await assert.rejects(client.propose(client.request(), [1]), (error) => isCloudError(error, 'INVALID') && error.fields.field === 'units')
  await assert.rejects(client.propose(client.request({ network: 'other' })), (error) => isCloudError(error, 'DOCUMENT_OF_ANOTHER_NETWORK'))
})

test('anytime_only_the_requester_acts_on_its_lease', async () => {
  const world = createWorld()
  const owner = await world.start()
  const [client, thief] = [await world.client('a'), await world.client('b')]
  const { fence } = await granted(client)
  assert.deepEqual(await thief.confirm(fence), ['LEASE_OF_ANOTHER'])
  assert.deepEqual(await thief.release(fence), ['LEASE_OF_ANOTHER'])
  await assert.rejects(thief.propose(client.request()), (error) => isCloudError(error, 'DOCUMENT_FORGED'))
  await client.confirm(fence)
  assert.deepEqual(await thief.renew(fence), ['LEASE_OF_ANOTHER'])
  assert.equal(owner.capacity().active, 1)
})

test('a hold that nobody confirms is free when it is over, and its confirmation is late', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const { fence } = await granted(client)
  await world.time.advance(options.holdMs)
  assert.deepEqual(owner.capacity().free, cpu(2000))
  assert.deepEqual(await client.confirm(fence), ['LEASE_LATE'])
  assert.deepEqual(client.revoked, [])
})

test('a lease that nobody renews ends, and its requester is told', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const fence = await active(client)
  await world.time.advance(options.leaseMs - 1_000)
  assert.equal(owner.capacity().active, 1)
  await world.time.advance(1_100)
  assert.deepEqual(owner.capacity().free, cpu(2000))
  assert.deepEqual(client.revoked, [fence])
  assert.deepEqual(await client.renew(fence), ['LEASE_UNKNOWN'])
})

test('what is not wanted is free at once', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  client.wants = false
  await client.propose(client.request())
  await world.time.advance(100)
  assert.equal(client.granted.length, 1)
  assert.deepEqual(owner.capacity().free, cpu(2000))
})

test('a grant that is lost is told again until it is heard', async () => {
  const world = createWorld()
  await world.start()
  const [matcher, client] = [await world.client('m'), await world.client('a')]
  await world.time.settle(client.transport.connect(world.network.addressOf(world.peer)))
  const lift = world.network.block(world.peer, client.peer)
  await matcher.proposeFor(client, client.request())
  await world.time.advance(2_000)
  assert.equal(client.granted.length, 0)
  lift()
  await world.time.advance(2_000)
  assert.ok(client.granted.length > 1)
  assert.deepEqual(new Set(client.granted.map(({ fence }) => fence.seq)), new Set([1]))
})

test('a lease that is there already is granted again', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  const request = client.request()
  await client.propose(request)
  await world.time.advance(100)
  await client.confirm({ epoch: 1, seq: 1 })
  await client.propose(request)
  await world.time.advance(100)
  assert.deepEqual(
    client.granted.map(({ fence, state }) => [fence.seq, state]),
    [
      [1, 'held'],
      [1, 'active']
    ]
  )
})

test('an older gang wounds a younger one, whose requester is told', async () => {
  const world = createWorld()
  await world.start()
  const [young, old] = [await world.client('a'), await world.client('b')]
  await young.propose(young.request({ gang: true, count: 2 }), [0, 1], 10)
  const reply = await old.propose(old.request({ gang: true }), [0], 2_000)
  assert.deepEqual(reply.granted, [0])
  await world.time.advance(100)
  assert.equal(young.revoked.length, 1)
})

test('nothing is granted before the join, and after it everybody is told', async () => {
  const world = createWorld()
  world.directory.state = 'joining'
  await world.start()
  const client = await world.client('a')
  world.directory.matchers = [client.peer]
  assert.deepEqual((await client.propose(client.request())).granted, [])
  await world.time.advance(1_000)
  assert.equal(client.offers.length, 0)
  world.join()
  await world.time.advance(200)
  assert.deepEqual(
    client.offers.map(({ state, free }) => [state, free]),
    [['open', cpu(2000)]]
  )
})

test('a drained owner says so and grants nothing; leases go on; a restart does not change it', async () => {
  const world = createWorld()
  const first = await world.start()
  const client = await world.client('a')
  world.directory.matchers = [client.peer]
  const fence = await active(client)
  assert.equal((await world.time.settle(first.setDraining(true))).state, 'draining')
  await world.crash()
  const owner = await world.start()
  assert.deepEqual((await client.propose(client.request())).granted, [])
  assert.equal(((await client.renew(fence))[0] as Lease).state, 'active')
  await world.time.advance(options.offerTtlMs / 2)
  assert.equal(client.offers.at(-1)?.state, 'closed')
  await world.time.settle(owner.setDraining(false))
  await world.time.advance(200)
  assert.equal(client.offers.at(-1)?.state, 'open')
  await granted(client)
})

test('offers tell what is free and leased, and each is newer than what was told before it', async () => {
  const world = createWorld()
  await world.start()
  const client = await world.client('a')
  world.directory.matchers = [client.peer]
  await active(client, { durationMs: 100_000 })
  const reply = await client.propose(client.request())
  await world.time.advance(200)
  const offer = client.offers.at(-1)
  assert.ok(offer && offer.seq > reply.seq)
  assert.deepEqual([offer.free, offer.total, offer.attributes], [cpu(0), cpu(2000), { arch: ['arm'] }])
  assert.equal(offer.leases.length, 2)
  assert.ok((offer.leases[0]?.leftMs ?? 0) <= 100_000)
  assert.equal(offer.leases[1]?.leftMs, undefined)
  const told = client.offers.length
  await world.time.advance(options.offerTtlMs / 2)
  assert.ok(client.offers.length > told, 'the offer is refreshed')
})

test('what does not change is told ever more seldom, in offers that last the longer, and what changes at once', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  await world.time.settle(client.transport.connect(world.network.addressOf(world.peer)))
  world.directory.matchers = [client.peer]
  const ttls = () => client.offers.map(({ ttlMs }) => ttlMs / options.offerTtlMs)
  await world.time.advance(options.offerTtlMs * 20)
  assert.deepEqual(ttls().slice(0, 5), [2, 4, 8, 8, 8])
  assert.ok(client.offers.length <= 9, `${client.offers.length}`)
  client.offers.length = 0
  await world.time.settle(owner.setDraining(true))
  await world.time.advance(options.offerTtlMs * 1.5)
  assert.deepEqual(ttls(), [1, 2, 4])
  world.returned()
  await world.time.advance(1_000)
  assert.deepEqual(ttls(), [1, 2, 4, 1])
})

test('a matcher that was away, or has started since, is told again', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  await world.time.settle(client.transport.connect(world.network.addressOf(world.peer)))
  world.directory.matchers = [client.peer]
  const review = async (matchers: typeof world.directory.matchers): Promise<number> => {
    const before = client.offers.length
    world.directory.matchers = matchers
    owner.review()
    await world.time.advance(1_000)
    return client.offers.length - before
  }
  await world.time.advance(1_000)
  assert.equal(await review([client.peer]), 1)
  assert.equal(await review([client.peer]), 0)
  await review([])
  assert.equal(await review([client.peer]), 1)
  world.directory.epoch++
  assert.equal(await review([client.peer]), 1)
})

test('capacity is set durably, and bad capacity is refused by name', async () => {
  const world = createWorld()
  const first = await world.start({ capacity: undefined })
  assert.equal(first.state, 'idle')
  await assert.rejects(first.setDraining(true), (error) => isCloudError(error, 'NO_CAPACITY'))
  const set = (total: object, attributes: object = {}): Promise<unknown> =>
    world.time.settle(first.setCapacity({ total: { ...cpu(1), ...total }, attributes: attributes as never }))
  for (const [total, attributes, field] of [
    [{ cpuMilli: -1 }, {}, 'total.cpuMilli'],
    [{ cpuMilli: 1.5 }, {}, 'total.cpuMilli'],
    [{ memoryMib: 2 ** 60 }, {}, 'total.memoryMib'],
    [{ cores: 1 }, {}, 'total.cores'],
    [{}, { arch: 'arm' }, 'attributes'],
    [{}, { text: ['x'.repeat(1024)], more: Array.from({ length: 8 }, (_, n) => `${n}`.repeat(900)) }, 'capacity']
  ] as const) {
    const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
    await assert.rejects(set(total, sorted), (error) => isCloudError(error, 'INVALID') && error.fields.field === field, field)
  }
  await set({ cpuMilli: 3000 })
  assert.equal(first.state, 'open')
  await world.crash()
  const owner = await world.start()
  assert.deepEqual(owner.capacity().total, cpu(3000))
})

test('finally_nothing_is_left_of_an_owner_that_stopped', async () => {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  await active(client)
  await granted(client)
  owner.stop()
  await assert.rejects(client.propose(client.request()), (error) => isCloudError(error, 'NOT_SERVED'))
  assert.equal(owner.state, 'read-only')
})

test('finally_nothing_is_left_of_an_owner_that_stopped_while_it_wrote', async () => {
  const world = createWorld()
  const clock = world.network.clockOf(world.peer)
  const scope = createScope({ clock, random: seededRandom(1), log: silentLog })
  const owner = await world.start({ scope, options: { ...options, commitDelayMs: 50 } })
  const client = await world.client('a')
  await granted(client)
  await world.time.advance(options.offerDelayMs)
  const asked = client.transport.request(world.peer, proposeProtocol, { request: client.seal(client.request()), units: [0], waitedMs: 0 })
  await world.time.advance(20)
  await world.time.settle(scope.stop())
  owner.stop()
  assert.deepEqual((await world.time.settle(asked)).granted, [0])
  assert.equal(world.network.timersOf(world.peer), 0)
})

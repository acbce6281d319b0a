import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../../src/documents/lease.ts'
import { confirmProtocol, proposeProtocol, renewProtocol } from '../../src/protocols/grant.ts'
import { cpu } from '../ledger/wishes.ts'
import { active, type Client, createWorld, granted, options, type World } from './owner-world.ts'

/** The owner's process stands still from now on, and for so long that what it was about to say is not true any more. */
async function standStill({ network, peer, time }: World, ms: number): Promise<void> {
  const lift = network.freeze(peer)
  await time.advance(ms)
  lift()
  await time.advance(100)
}

/** Asks without waiting; the answer, as far as one comes before the caller gives up. */
function asked({ peer }: World, { transport }: Client, lease: Pick<Lease, 'fence'>, protocol: typeof confirmProtocol): Promise<unknown> {
  const asking = transport.request(peer, protocol, { fences: [lease.fence] }, { timeoutMs: 10 * options.leaseMs })
  return asking.then(({ outcomes }) => outcomes[0])
}

/** An owner that writes down which work it starts. */
async function startedWorld() {
  const world = createWorld()
  const started: Lease[] = []
  const workloads = { start: (lease: Lease) => void started.push(lease), stop: async () => {} }
  const owner = await world.start({ workloads, options: { ...options, commitDelayMs: 5 } })
  return { world, owner, started, client: await world.client('a') }
}

test('a lease that ended while its confirmation was written is not said to be active, and nothing is started for it', async () => {
  const { world, owner, started, client } = await startedWorld()
  const answer = asked(world, client, await granted(client), confirmProtocol)
  await world.time.advance(12)
  assert.equal(owner.capacity().active, 1, 'it is in the book, and not on disk')
  await standStill(world, options.leaseMs)
  assert.equal(await world.time.settle(answer), 'LEASE_UNKNOWN')
  assert.deepEqual([started, owner.capacity().free], [[], cpu(2000)])
})

test('a confirmation that waited while the owner stood still is late, and what was held is free', async () => {
  const { world, owner, started, client } = await startedWorld()
  const lease = await granted(client)
  const lift = world.network.freeze(world.peer)
  const answer = asked(world, client, lease, confirmProtocol)
  await world.time.advance(options.holdMs)
  lift()
  assert.equal(await world.time.settle(answer), 'LEASE_LATE')
  assert.deepEqual([started, owner.capacity().free], [[], cpu(2000)])
})

test('a grant whose hold ended before it could be told is not told', async () => {
  const { world, owner, client } = await startedWorld()
  const proposal = { request: client.seal(client.request()), units: [0], waitedMs: 0 }
  const answer = client.transport.request(world.peer, proposeProtocol, proposal, { timeoutMs: options.leaseMs })
  while (owner.capacity().held === 0) await world.time.advance(1)
  await standStill(world, options.holdMs)
  assert.deepEqual((await world.time.settle(answer)).granted, [])
  assert.deepEqual([client.granted, owner.capacity().free], [[], cpu(2000)])
})

test('a renewal that waited while the owner stood still is of a lease that has ended, if its time was over', async () => {
  for (const [late, code] of [
    [-1_000, undefined],
    [0, 'LEASE_UNKNOWN']
  ] as const) {
    const { world, owner, client } = await startedWorld()
    const fence = await active(client)
    await world.time.advance(options.leaseMs - 5_000)
    const lift = world.network.freeze(world.peer)
    const answer = asked(world, client, { fence }, renewProtocol)
    await world.time.advance(5_000 + late)
    lift()
    const outcome = await world.time.settle(answer)
    assert.equal(typeof outcome === 'string' ? outcome : undefined, code)
    assert.equal(owner.capacity().active, code === undefined ? 1 : 0)
  }
})

test('a release and a renewal that are under way together end the lease, in whatever order they come', async () => {
  for (const isReleasedFirst of [true, false]) {
    const { owner, client } = await startedWorld()
    const fence = await active(client)
    const asks = [() => client.release(fence), () => client.renew(fence)]
    await Promise.all((isReleasedFirst ? asks : asks.reverse()).map((ask) => ask()))
    assert.deepEqual([owner.leases(), owner.capacity().free], [[], cpu(2000)])
    assert.deepEqual(await client.renew(fence), ['LEASE_UNKNOWN'])
  }
})

test('anytime_an_old_confirmation_takes_nothing: not of what was given back, nor of what its unit was granted since', async () => {
  const { owner, client } = await startedWorld()
  const request = client.request()
  await client.propose(request)
  const [first] = client.granted as [Lease]
  assert.deepEqual(await client.release(first.fence), ['RELEASED'])
  assert.deepEqual(await client.confirm(first.fence), ['LEASE_LATE'])
  await client.propose(request)
  const [, second] = client.granted as [Lease, Lease]
  assert.deepEqual(second.fence, { epoch: 1, seq: 2 })
  assert.deepEqual(await client.confirm(first.fence), ['LEASE_LATE'])
  assert.deepEqual([owner.capacity().held, owner.capacity().active], [1, 0])
  await client.confirm(second.fence)
  assert.deepEqual(await client.release(first.fence), ['RELEASED'], 'what has ended already')
  assert.equal(owner.capacity().active, 1)
})

test('an owner that begins to drain lets what is held be confirmed, and what is active be renewed; undrained it goes on', async () => {
  const { world, owner, client } = await startedWorld()
  const gang = client.request({ gang: true, count: 3 })
  await client.propose(gang, [0])
  const [held] = client.granted as [Lease]
  await world.time.settle(owner.setDraining(true))
  const refused = await client.propose(gang, [0, 1])
  assert.deepEqual([refused.granted, refused.state], [[], 'closed'])
  const [confirmed] = (await client.confirm(held.fence)) as [Lease]
  assert.equal(confirmed.state, 'active')
  await world.time.settle(owner.setDraining(false))
  assert.deepEqual((await client.propose(gang, [0, 1])).granted, [0, 1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../../src/documents/lease.ts'
import { cpu } from '../ledger/wishes.ts'
import { active, createWorld, options } from './owner-world.ts'

const short = { options: { ...options, leaseMs: 3_000 } }
const long = { options: { ...options, leaseMs: 600_000 } }
/** Longest until an owner notes that nothing of before is out any more, in ms. */
const noticedMs = 10_000

/** An owner of one lease's room that gave it for `first`, and was started again with `later` lease times, one after the other. */
async function restarted(first: typeof short, later: readonly (typeof short)[]) {
  const world = createWorld()
  const capacity = { total: cpu(1_000), attributes: { arch: ['arm'] } }
  let owner = await world.start({ capacity, ...first })
  const client = await world.client('a')
  const fence = await active(client)
  for (const change of later) {
    await world.crash()
    owner = await world.start({ capacity, ...change })
  }
  return { world, client, fence, owner }
}

test('anytime_a_lease_lasts_for_as_long_as_it_was_given, though its owner now gives leases for a shorter time', async () => {
  for (const later of [[short], [short, short]]) {
    const { world, client, fence, owner } = await restarted(long, later)
    await world.time.advance(long.options.leaseMs * 0.9)
    assert.deepEqual([owner.capacity().active, owner.capacity().free], [1, cpu(0)])
    const [renewed] = (await client.renew(fence)) as [Lease]
    assert.equal(renewed.state, 'active')
    await world.time.advance(long.options.leaseMs)
    assert.deepEqual([owner.capacity().active, owner.capacity().free], [0, cpu(1_000)])
  }
})

test('anytime_a_renewal_does_not_shorten_what_an_earlier_process_gave', async () => {
  const { world, client, fence, owner } = await restarted(long, [short])
  const [renewed] = (await client.renew(fence)) as [Lease]
  assert.ok(renewed.ttlMs > long.options.leaseMs - 1_000, `${renewed.ttlMs} ms`)
  await world.time.advance(long.options.leaseMs * 0.9)
  assert.equal(owner.capacity().active, 1)
})

test('what was renewed for a longer time than it was given for is known to last so long', async () => {
  const { world, client, fence } = await restarted(short, [long])
  const [renewed] = (await client.renew(fence)) as [Lease]
  assert.equal(renewed.ttlMs, long.options.leaseMs)
  await world.crash()
  const owner = await world.start(short)
  await world.time.advance(long.options.leaseMs * 0.9)
  assert.equal(owner.capacity().active, 1)
})

test('a quarantine lasts for as long as the longest lease that the ledger knows of', async () => {
  const { world, owner } = await restarted(long, [short])
  world.raise(world.directory.epoch + 2)
  assert.equal(owner.state, 'quarantined')
  assert.ok(owner.capacity().quarantineMs > long.options.leaseMs)
})

test('a quarantine lasts for as long as leases did whose rows are damaged, though its owner starts again meanwhile', async () => {
  for (const later of [[short], [long, short], [short, short]]) {
    const { world } = await restarted(long, [])
    await world.crash()
    world.disk.store.prepare("UPDATE leases SET bytes = x'00'").run()
    for (const change of later.slice(0, -1)) {
      await world.start(change)
      await world.crash()
    }
    const owner = await world.start(later.at(-1))
    await world.time.advance(long.options.leaseMs * 0.9)
    assert.equal(owner.state, 'quarantined')
    await world.time.advance(long.options.leaseMs * 0.1 + long.options.holdMs)
    assert.equal(owner.state, 'open')
  }
})

test('once nothing is out that was given for longer a quarantine is as short as leases are', async () => {
  const { world, client, fence } = await restarted(long, [short])
  await client.release(fence)
  await world.time.advance(long.options.leaseMs + long.options.holdMs + noticedMs)
  await world.crash()
  world.disk.store.prepare("UPDATE facts SET bytes = x'00' WHERE name = 'capacity'").run()
  const owner = await world.start(short)
  assert.ok(owner.capacity().quarantineMs <= short.options.leaseMs + short.options.holdMs)
})

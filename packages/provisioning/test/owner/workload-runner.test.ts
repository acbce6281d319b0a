import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../../src/documents/lease.ts'
import { stopMsMax } from '../../src/owner/workload-runner.ts'
import type { Workloads } from '../../src/provisioning.ts'
import { cpu, needs } from '../ledger/wishes.ts'
import { active, createWorld, granted } from './owner-world.ts'

/** Workloads that stop when they are told to. */
function manualWorkloads(): Workloads & { readonly running: Set<number>; readonly stopping: (() => void)[] } {
  const running = new Set<number>()
  const stopping: (() => void)[] = []
  return {
    running,
    stopping,
    start: ({ fence }) => void running.add(fence.seq),
    stop: ({ fence }) =>
      new Promise((resolve) =>
        stopping.push(() => {
          running.delete(fence.seq)
          resolve()
        })
      )
  }
}

test('a restart with the ledger keeps leases and their work; fences rise', async () => {
  const world = createWorld()
  const work = manualWorkloads()
  await world.start({ workloads: work })
  const client = await world.client('a')
  const fence = await active(client)
  assert.deepEqual([...work.running], [1])
  await world.crash()
  const again = manualWorkloads()
  const owner = await world.start({ workloads: again })
  assert.deepEqual([...again.running], [1])
  assert.equal(owner.state, 'open')
  assert.equal(((await client.renew(fence))[0] as Lease).state, 'active')
  assert.deepEqual((await granted(client)).fence, { epoch: 2, seq: 2 })
})

test('capacity is free when the work has stopped, and not before', async () => {
  const world = createWorld()
  const work = manualWorkloads()
  const owner = await world.start({ workloads: work })
  const client = await world.client('a')
  await client.release(await active(client, { amounts: needs(2000) }))
  assert.deepEqual([owner.capacity().free, owner.leases()], [cpu(0), []])
  assert.deepEqual((await client.propose(client.request())).granted, [])
  work.stopping[0]?.()
  await world.time.advance(1)
  assert.deepEqual(owner.capacity().free, cpu(2000))
  assert.equal(work.running.size, 0)
})

test('work that does not stop keeps its capacity, and is stopped again', async () => {
  const world = createWorld()
  const work = manualWorkloads()
  const owner = await world.start({ workloads: work })
  const client = await world.client('a')
  await client.release(await active(client))
  await world.time.advance(stopMsMax)
  assert.equal(work.stopping.length, 2)
  assert.deepEqual(owner.capacity().free, cpu(1000))
  work.stopping[1]?.()
  await world.time.advance(1)
  assert.deepEqual(owner.capacity().free, cpu(2000))
})

test('work that was being stopped when the owner crashed is stopped after its restart', async () => {
  const world = createWorld()
  await world.start({ workloads: manualWorkloads() })
  const client = await world.client('a')
  await client.release(await active(client))
  await world.crash()
  const work = manualWorkloads()
  const owner = await world.start({ workloads: work })
  assert.deepEqual([[...work.running], work.stopping.length, owner.capacity().free], [[], 1, cpu(1000)])
  work.stopping[0]?.()
  await world.time.advance(1)
  assert.deepEqual(owner.capacity().free, cpu(2000))
})

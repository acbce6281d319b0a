import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import type { RequestSpec } from '@cloudpeer/provisioning'
import { createSimulatedCloud, type SimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'
import {
  type Adversary,
  type AdversaryGround,
  createBraggart,
  createHoarder,
  createRecklessMatcher,
  createThief,
  groundIn
} from '../../src/adversaries/index.ts'

const total = { cpuMilli: 4_000, memoryMib: 4_000, diskMib: 4_000, gpus: [], others: {} }
const spec: RequestSpec = { expression: 'true', amounts: { cpuMilli: 1_000, memoryMib: 100, diskMib: 0, others: {} }, count: 4 }

/** Six machines of four cores each with an adversary that is at work. */
async function besieged(make: (ground: AdversaryGround) => Adversary) {
  const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema, capacity: () => ({ total, attributes: {} }) })
  await cloud.grow(6)
  const nodes = [...cloud.nodes]
  const adversary = make(groundIn(cloud, seededRandom(2)))
  const before = await granted(cloud, nodes[1] as SimulatedNode)
  await cloud.time.settle(adversary.start())
  return { cloud, nodes, adversary, before }
}

/** Asks at a node and waits until it is granted. */
async function granted({ time }: SimulatedCloud, { provisioning }: SimulatedNode, timeoutMs = 30_000) {
  const { id } = await time.settle(provisioning.create(spec))
  const request = await time.settle(provisioning.until(id, timeoutMs))
  assert.equal(request.state, 'granted', JSON.stringify(request))
  return request
}

/** Fails unless what was granted before an attack is still so, and anybody else is granted something now. */
async function assertUnharmed({ cloud, nodes, before, adversary }: Awaited<ReturnType<typeof besieged>>): Promise<void> {
  const leases = (nodes[1] as SimulatedNode).provisioning.leases().filter(({ side }) => side === 'requester')
  assert.deepEqual(leases.map(({ id }) => id).sort(), before.units.map(({ lease }) => lease).sort())
  await granted(cloud, nodes[4] as SimulatedNode)
  await cloud.time.settle(adversary.stop())
  await cloud.stop()
}

test('anytime_only_the_requester_acts: a thief gets nothing', async () => {
  const siege = await besieged(createThief)
  await siege.cloud.time.advance(30_000)
  assert.ok((siege.adversary.effects.get('LEASE_OF_ANOTHER') ?? 0) > 0)
  assert.equal(siege.adversary.effects.get('stolen'), undefined)
  await assertUnharmed(siege)
})

test('eventually_requests_that_fit_are_granted: owners lose patience with a hoarder, and others are granted what there is', async () => {
  const siege = await besieged((ground) => createHoarder(ground, { perSecond: 2 }))
  await siege.cloud.time.advance(60_000)
  assert.ok((siege.adversary.effects.get('held') ?? 0) > 0 && (siege.adversary.effects.get('DOCUMENT_FORGED') ?? 0) > 0)
  const shares = []
  for (let second = 0; second < 60; second++) {
    await siege.cloud.time.advance(1_000)
    shares.push(heldShare(siege.nodes))
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  assert.ok(mean < 0.2, `${mean} of all processors are held`)
  await assertUnharmed(siege)
})

/** Of all processors the share that is held and not confirmed. */
function heldShare(nodes: readonly SimulatedNode[]): number {
  const leases = nodes.flatMap(({ provisioning }) => provisioning.leases()).filter(({ side }) => side === 'owner')
  const held = leases.filter(({ lease: { state } }) => state === 'held').map(({ lease: { allocation } }) => allocation.cpuMilli)
  return held.reduce((sum, cpuMilli) => sum + cpuMilli, 0) / (nodes.length * total.cpuMilli)
}

test('eventually_requests_that_fit_are_granted: what a braggart offers keeps nobody from what there is', async () => {
  const siege = await besieged(createBraggart)
  await siege.cloud.time.advance(10_000)
  assert.ok((siege.adversary.effects.get('DOCUMENT_FORGED') ?? 0) > 0)
  await assertUnharmed(siege)
})

test('anytime_no_owner_is_over_allocated: a matcher that proposes everything to everybody takes nothing from anybody', async () => {
  const siege = await besieged(createRecklessMatcher)
  for (let round = 0; round < 3; round++) {
    await siege.cloud.time.advance(5_000)
    const { id } = await granted(siege.cloud, siege.nodes[2] as SimulatedNode)
    await siege.cloud.time.settle((siege.nodes[2] as SimulatedNode).provisioning.cancel(id))
  }
  assert.ok((siege.adversary.effects.get('collected') ?? 0) > 0 && (siege.adversary.effects.get('held') ?? 0) > 0)
  await assertUnharmed(siege)
})

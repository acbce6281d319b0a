import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestSpec } from '@cloudpeer/provisioning'
import { createSimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const total = { cpuMilli: 1_000, memoryMib: 1_000, diskMib: 1_000, gpus: [], others: {} }
const nothing = { cpuMilli: 0, memoryMib: 0, diskMib: 0, gpus: [], others: {} }
const spec: RequestSpec = { expression: 'true', amounts: { cpuMilli: 1_000, memoryMib: 0, diskMib: 0, others: {} } }
const provisioning = { leaseMs: 30_000, holdMs: 3_000 }

/** Six nodes of which the last alone has capacity, for one lease, which somebody has; and what was on its disk before that. */
async function createLeasedCloud() {
  const capacity = (machine: number) => ({ total: machine === 5 ? total : nothing, attributes: {} })
  const cloud = createSimulatedCloud({ seed: 3, schema: workloadSchema, capacity, provisioning })
  const nodes = await cloud.grow(6)
  await cloud.time.advance(5_000)
  const [first, second, owner] = [nodes[1], nodes[2], nodes[5]] as [SimulatedNode, SimulatedNode, SimulatedNode]
  const image = owner.machine.disk.snapshot()
  const request = await cloud.time.settle(first.provisioning.create(spec))
  assert.equal((await cloud.time.settle(first.provisioning.until(request.id, 10_000))).state, 'granted')
  await cloud.time.advance(5_000)
  return { cloud, first, second, owner, image }
}

/** Asks for what is leased, and gives the virtual time at which it is granted; infinite if it is not. */
async function grantedAtMs({ cloud, second }: Awaited<ReturnType<typeof createLeasedCloud>>): Promise<number> {
  const { id } = await cloud.time.settle(second.provisioning.create(spec))
  const { state } = await cloud.time.settle(second.provisioning.until(id, 120_000))
  return state === 'granted' ? cloud.time.now : Number.POSITIVE_INFINITY
}

test("a lease survives the loss of its owner's power, and nobody else gets what it has", async () => {
  const leased = await createLeasedCloud()
  const { cloud, first, owner, image } = leased
  cloud.crash(owner)
  owner.machine.disk.losePower(image, () => true)
  const { provisioning } = await cloud.restart(owner)
  assert.equal(provisioning.capacity().active, 1)
  assert.equal(await grantedAtMs(leased), Number.POSITIVE_INFINITY)
  assert.equal(first.provisioning.leases().length, 1)
  await cloud.stop()
})

for (const [what, loseLedger] of [
  ['its disk', ({ owner }) => owner.machine.disk.erase()],
  ['what it wrote since an image of its disk was made', ({ owner, image }) => owner.machine.disk.restore(image)]
] as readonly (readonly [string, (leased: Awaited<ReturnType<typeof createLeasedCloud>>) => void])[]) {
  test(`an owner that has lost ${what} grants nothing until the lease that it does not know has ended`, async () => {
    const leased = await createLeasedCloud()
    const { cloud, first, owner } = leased
    cloud.crash(owner)
    loseLedger(leased)
    // Whoever has the lease relies on it for some time, and cannot be told.
    const atMs = cloud.time.now
    cloud.crash(first)
    await cloud.restart(owner)
    const waitedMs = (await grantedAtMs(leased)) - atMs
    assert.ok(waitedMs >= provisioning.leaseMs && waitedMs < 2 * provisioning.leaseMs, `${waitedMs} ms`)
    await cloud.stop()
  })
}

test('anytime_one_lease_is_relied_on: the owner was put back to an image, and all who knew of its lease have restarted but whoever has it', async () => {
  const leased = await createLeasedCloud()
  const { cloud, first, owner, image } = leased
  const others = cloud.nodes.filter((node) => node !== first)
  for (const node of others) cloud.crash(node)
  owner.machine.disk.restore(image)
  const lift = cloud.network.partition(
    [first.peer],
    others.map(({ peer }) => peer)
  )
  await cloud.time.settle(Promise.all(others.map(({ machine }) => cloud.boot(machine))))
  const [second = assert.fail()] = cloud.nodes.filter(({ peer }) => peer === leased.second.peer)
  const { id } = await cloud.time.settle(second.provisioning.create(spec))
  const relied = () => [first, second].flatMap(({ provisioning }) => provisioning.leases().filter(({ state }) => state === 'active'))
  for (let ms = 0; second.provisioning.request(id).state !== 'granted' && ms < 90_000; ms += 250) {
    if (ms === 5_000) lift()
    await cloud.time.advance(250)
    assert.ok(relied().length <= 1)
  }
  await cloud.stop()
})

test('where all have restarted with their disks nobody waits for more than a third of a lease and a moment', async () => {
  const leased = await createLeasedCloud()
  const { cloud, first } = leased
  const [{ id } = assert.fail()] = first.provisioning.requests()
  await cloud.time.settle(first.provisioning.cancel(id))
  await cloud.time.advance(5_000)
  const nodes = [...cloud.nodes]
  for (const node of nodes) cloud.crash(node)
  await cloud.time.settle(Promise.all(nodes.map(({ machine }) => cloud.boot(machine))))
  const [second = assert.fail()] = cloud.nodes.filter(({ peer }) => peer === leased.second.peer)
  const atMs = cloud.time.now
  const waitedMs = (await grantedAtMs({ ...leased, second })) - atMs
  assert.ok(waitedMs < provisioning.leaseMs / 3 + 10_000, `${waitedMs} ms`)
  await cloud.stop()
})

test('anytime_fences_rise, also of an owner that has lost its disk and is alone', async () => {
  const cloud = createSimulatedCloud({ seed: 1, schema: workloadSchema, capacity: () => ({ total, attributes: {} }), provisioning })
  let [node = assert.fail()] = await cloud.grow(1)
  const fenceOfNext = async () => {
    const { id } = await cloud.time.settle(node.provisioning.create(spec))
    assert.equal((await cloud.time.settle(node.provisioning.until(id, 60_000))).state, 'granted')
    const [{ lease } = assert.fail()] = node.provisioning.leases()
    return lease.fence
  }
  await cloud.time.advance(5_000)
  const before = await fenceOfNext()
  cloud.crash(node)
  node.machine.disk.erase()
  node = await cloud.restart(node)
  assert.ok((await fenceOfNext()).epoch > before.epoch)
  await cloud.stop()
})

/** Takes a node's power away; all that a system may not have written out yet is lost. */
async function losePower(
  cloud: ReturnType<typeof createSimulatedCloud>,
  node: SimulatedNode,
  older: ReturnType<SimulatedNode['machine']['disk']['snapshot']>
) {
  cloud.crash(node)
  node.machine.disk.losePower(older, () => true)
  return cloud.restart(node)
}

test('what was asked for, and what was cancelled, stays so though the power is lost at that moment', async () => {
  const leased = await createLeasedCloud()
  const { cloud, second } = leased
  const older = second.machine.disk.snapshot()
  const asked = await cloud.time.settle(second.provisioning.create(spec))
  const restarted = await losePower(cloud, second, older)
  assert.equal(restarted.provisioning.request(asked.id).state, 'waiting')
  await cloud.time.advance(10_000)
  const before = restarted.machine.disk.snapshot()
  await cloud.time.settle(restarted.provisioning.cancel(asked.id))
  const { provisioning } = await losePower(cloud, restarted, before)
  assert.equal(provisioning.request(asked.id).state, 'cancelled')
  await cloud.stop()
})

test('after a restart a lease is unverified, and its request not granted, until its owner has spoken', async () => {
  const { cloud, first, owner } = await createLeasedCloud()
  const [{ id } = assert.fail()] = first.provisioning.requests()
  cloud.crash(owner)
  cloud.crash(first)
  const { provisioning } = await cloud.restart(first)
  await cloud.time.advance(5_000)
  const seen = () => {
    const { state, units } = provisioning.request(id)
    return [state, units.map((unit) => unit.state), provisioning.leases().map((lease) => lease.state)]
  }
  assert.deepEqual(seen(), ['verifying', ['unverified'], ['unverified']])
  const decided = provisioning.until(id, 60_000)
  await cloud.restart(owner)
  assert.equal((await cloud.time.settle(decided)).state, 'granted')
  assert.deepEqual(seen(), ['granted', ['active'], ['active']])
  await cloud.stop()
})

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

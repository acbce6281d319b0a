import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSimulatedCloud, type SimulatedNode, workloadSchema } from '@cloudpeer/simulator'

const total = { cpuMilli: 1_000, memoryMib: 1_000, diskMib: 1_000, gpus: [], others: {} }
const amounts = { cpuMilli: 100, memoryMib: 0, diskMib: 0, others: {} }
/** Some round trips. A silent machine is suspected for at least 4 s before it counts as gone. */
const grantedWithinMs = 1_500

test('whichever matcher falls silent, the next one proposes as soon as it suspects that', async () => {
  const capacity = (machine: number) => ({ total, attributes: { cores: machine + 1 } })
  const cloud = createSimulatedCloud({ seed: 5, schema: workloadSchema, capacity })
  const nodes = await cloud.grow(6)
  await cloud.time.advance(5_000)
  for (const silent of nodes) {
    const others = nodes.filter((node) => node !== silent)
    const stateAt = ({ overlay }: SimulatedNode) => overlay.member(silent.peer)?.state
    const thaw = cloud.network.freeze(silent.peer)
    while (others.some((node) => stateAt(node) === 'ALIVE')) await cloud.time.advance(100)
    assert.ok(others.every((node) => stateAt(node) === 'SUSPECT'))
    const [{ provisioning }] = others as [SimulatedNode]
    const creating = provisioning.create({ expression: `!(cores == ${silent.machine.number + 1})`, amounts })
    await cloud.time.advance(grantedWithinMs)
    assert.equal(provisioning.requests()[0]?.state, 'granted', `while ${silent.machine.number} is silent`)
    await cloud.time.settle(creating)
    thaw()
    await cloud.time.advance(20_000)
  }
  await cloud.stop()
})

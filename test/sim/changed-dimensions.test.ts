import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSimulatedCloud, workloadSchema } from '@cloudpeer/simulator'

const regions = ['ap', 'eu', 'us'] as const
const dimensions = [
  { attribute: 'cores', min: 2, max: 32, scale: 'log' },
  { attribute: 'region', values: regions }
]
const total = { cpuMilli: 1_000, memoryMib: 1_000, diskMib: 1_000, gpus: [], others: {} }
/** All of a machine. */
const amounts = { cpuMilli: 1_000, memoryMib: 0, diskMib: 0, others: {} }
const size = 15
/** Some round trips, and the shortest wait of whoever was refused. */
const grantedWithinMs = 5_000

const regionOf = (machine: number): string => regions[machine % regions.length] as string

for (const [before, after] of [
  [1, 2],
  [2, 1],
  [0, 2],
  [2, 0]
] as const) {
  test(`requests that wait go on waiting where owners are while ${before} dimensions become ${after}`, async () => {
    const schema = (version: number, sides: number) => ({ ...workloadSchema, version, dimensions: dimensions.slice(0, sides) })
    const capacity = (machine: number) => ({ total, attributes: { cores: 2 ** (1 + (machine % 5)), region: regionOf(machine) } })
    const cloud = createSimulatedCloud({ seed: before + 3 * after, schema: schema(1, before), capacity })
    const { time } = cloud
    const nodes = await cloud.grow(size)
    const [founder] = nodes
    const askAll = () =>
      nodes.map(({ provisioning }, index) => provisioning.create({ expression: `region == "${regionOf(index)}"`, amounts }))
    const newest = () => nodes.map(({ provisioning }) => provisioning.requests()[0]?.state)
    await time.advance(10_000)
    await time.settle(Promise.all(askAll()))
    await time.advance(grantedWithinMs)
    assert.deepEqual(newest(), Array(size).fill('granted'))
    await time.settle(Promise.all(askAll()))
    assert.deepEqual(newest(), Array(size).fill('waiting'))
    await time.settle(founder?.overlay.publishSchema(schema(2, after), 2) ?? Promise.reject(new Error('nobody is there')))
    await time.advance(grantedWithinMs)
    assert.deepEqual(newest(), Array(size).fill('waiting'))
    await time.settle(Promise.all(nodes.map(({ provisioning }) => provisioning.cancel(provisioning.requests()[1]?.id ?? ''))))
    await time.advance(grantedWithinMs)
    assert.deepEqual(newest(), Array(size).fill('granted'))
    await cloud.stop()
  })
}

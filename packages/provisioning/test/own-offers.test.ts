import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpus, createTestCloud, offering } from './network.ts'

const schema = { version: 1, attributes: { speed: { type: 'double' } }, dimensions: [{ attribute: 'speed', min: 0, max: 3 }] }
const size = 12

test('an owner that matches a cell beyond its own offers to itself', async () => {
  const { time, node, networkId } = await createTestCloud({ size, schema })
  const { overlay } = node(0)
  const matchers = (cell: string) => overlay.responsible(`cloudpeer/cell/${networkId}/${cell}`, 3)
  // A gang waits in the cell of all speeds.
  const [acting] = matchers('*')
  const cell = [0, 1, 2].find((base) => acting !== undefined && !matchers(`${base}`).includes(acting))
  const owner = Array.from({ length: size }, (_, index) => node(index)).find(({ peer }) => peer === acting)
  assert.ok(cell !== undefined && owner !== undefined)
  const other = node(owner.index === 1 ? 2 : 1)
  const { id } = await time.settle(other.provisioning.create({ expression: 'true', amounts: cpus(1_000), count: 2, gang: true }))
  assert.deepEqual(other.provisioning.request(id).cells, ['*'])
  // By now nobody asks another matcher any more.
  await time.advance(2_000)
  await time.settle(owner.provisioning.setCapacity(offering(4_000, { speed: cell + 0.5 }, schema)))
  assert.equal((await time.settle(other.provisioning.until(id, 5_000))).state, 'granted')
})

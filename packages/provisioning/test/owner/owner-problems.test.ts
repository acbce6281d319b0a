import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestCloud, offering } from '../network.ts'
import '../../src/errors.ts'

const oneOwner = { size: 2, capacity: (index: number) => (index === 0 ? offering(1_000) : undefined) }

test('an owner in quarantine says so, and how long, until it is over', async () => {
  const cloud = await createTestCloud(oneOwner)
  assert.deepEqual(cloud.node(0).provisioning.problems(), [])
  cloud.crash(0)
  const { provisioning } = await cloud.start(0, { erased: true })
  await cloud.time.advance(1_000)
  assert.match(String(provisioning.problems()[0]?.message), /^leases may be out .*: nothing is granted for another 6\d s$/)
  await cloud.time.advance(65_000)
  assert.deepEqual([provisioning.capacity().state, provisioning.problems()], ['open', []])
})

test('an owner whose ledger could not be written says so', async () => {
  const cloud = await createTestCloud(oneOwner)
  const { provisioning } = cloud.node(0)
  cloud.fillDisk(0, true)
  await assert.rejects(cloud.time.settle(provisioning.setCapacity(offering(2_000))))
  cloud.fillDisk(0, false)
  assert.deepEqual(
    provisioning.problems().map(({ code }) => code),
    ['LEDGER_READ_ONLY']
  )
})

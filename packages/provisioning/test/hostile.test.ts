import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, present, seededRandom } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createDocuments, type Documents } from '../src/documents/documents.ts'
import type { Lease } from '../src/documents/lease.ts'
import type { CapacityRequest } from '../src/documents/request.ts'
import {
  confirmProtocol,
  grantProtocol,
  proposeProtocol,
  recallProtocol,
  releaseProtocol,
  renewProtocol,
  revokeProtocol
} from '../src/protocols/grant.ts'
import type { LeaseStatus } from '../src/provisioning.ts'
import { cpus, createTestCloud, offering, type TestCloud } from './network.ts'

const stranger = peerIdFromPublicKey(seededRandom(99).bytes(32))

function documentsOf(cloud: TestCloud, self: PeerId): Documents {
  return createDocuments({ network: cloud.node(0).overlay.network.id, signer: createHashSigner(self), verifier: createHashVerifier() })
}

/** Node 1 has a lease of node 0, and node 2 means ill. */
async function leasedCloud(): Promise<{ cloud: TestCloud; lease: LeaseStatus; request: string }> {
  const cloud = await createTestCloud({ size: 3, capacity: (index) => (index === 0 ? offering(1_000) : undefined) })
  const { id } = await cloud.time.settle(cloud.node(1).provisioning.create({ expression: 'true', amounts: cpus(1_000) }))
  await cloud.time.settle(cloud.node(1).provisioning.until(id, 5_000))
  return { cloud, lease: present(cloud.node(1).provisioning.leases()[0], 'a lease'), request: id }
}

test('only the requester confirms, renews and releases its lease', async () => {
  const { cloud, lease } = await leasedCloud()
  const { transport } = cloud.node(2)
  const fences = [lease.lease.fence]
  for (const protocol of [confirmProtocol, renewProtocol, releaseProtocol]) {
    const { outcomes } = await cloud.time.settle<{ outcomes: readonly unknown[] }>(
      transport.request(cloud.node(0).peer, protocol, { fences })
    )
    assert.deepEqual(outcomes, ['LEASE_OF_ANOTHER'], protocol.id)
  }
  assert.equal(cloud.node(0).provisioning.capacity().active, 1)
})

test('only the owner revokes its lease, or calls it back', async () => {
  const { cloud, lease, request } = await leasedCloud()
  for (const protocol of [recallProtocol, revokeProtocol])
    await cloud.time.settle(cloud.node(2).transport.request(cloud.node(1).peer, protocol, { fences: [lease.lease.fence] }))
  assert.equal(cloud.node(1).provisioning.request(request).state, 'granted')
  await cloud.time.settle(cloud.node(0).transport.request(cloud.node(1).peer, recallProtocol, { fences: [lease.lease.fence] }))
  assert.equal(cloud.node(1).provisioning.leases()[0]?.state, 'recalled')
  await cloud.time.settle(cloud.node(0).transport.request(cloud.node(1).peer, revokeProtocol, { fences: [lease.lease.fence] }))
  assert.equal(cloud.node(1).provisioning.leases().length, 0)
})

test('a release that comes again later does not end the lease that came after', async () => {
  const { cloud, lease } = await leasedCloud()
  await cloud.time.settle(cloud.node(1).provisioning.release(lease.id))
  const { id } = await cloud.time.settle(cloud.node(1).provisioning.create({ expression: 'true', amounts: cpus(1_000) }))
  assert.equal((await cloud.time.settle(cloud.node(1).provisioning.until(id, 5_000))).state, 'granted')
  const again = cloud.node(1).transport.request(cloud.node(0).peer, releaseProtocol, { fences: [lease.lease.fence] })
  assert.deepEqual((await cloud.time.settle(again)).outcomes, ['RELEASED'])
  assert.equal(cloud.node(0).provisioning.capacity().active, 1)
  assert.ok((cloud.node(1).provisioning.leases()[0]?.lease.fence.seq ?? 0) > lease.lease.fence.seq)
})

test('a renewal by hand fails where the owner answers with another lease, or none', async () => {
  const { cloud, lease } = await leasedCloud()
  const { peer, provisioning, transport } = cloud.node(0)
  await cloud.time.settle(provisioning.stop())
  const other = documentsOf(cloud, peer).leases.seal({ ...lease.lease, state: 'active', fence: { epoch: 1, seq: 99 } }).signed
  for (const outcomes of [[other], []]) {
    const serving = transport.serve(renewProtocol, () => ({ outcomes }))
    await assert.rejects(cloud.time.settle(cloud.node(1).provisioning.renew(lease.id)), { code: 'MALFORMED' })
    serving.close()
  }
  assert.equal(cloud.node(1).provisioning.leases().length, 1, 'it lasts until its time is over')
})

test('a requester takes grants only of who signed them, for itself, and for what it asked', async () => {
  const cloud = await createTestCloud({ size: 3 })
  const { provisioning, peer: requester } = cloud.node(1)
  const { id: request } = await cloud.time.settle(provisioning.create({ expression: 'true', amounts: cpus(1_000) }))
  const owner = cloud.node(2).peer
  const lease: Lease = {
    network: cloud.node(0).overlay.network.id,
    owner,
    requester,
    request,
    unit: 0,
    allocation: { cpuMilli: 1_000, memoryMib: 0, diskMib: 0, gpus: [], others: {} },
    fence: { epoch: 1, seq: 1 },
    state: 'held',
    ttlMs: 5_000,
    signedAt: 0
  }
  const grant = (document: Lease, signer: PeerId = owner): Promise<{ unwanted: readonly unknown[] }> =>
    cloud.time.settle(
      cloud.node(2).transport.request(requester, grantProtocol, { leases: [documentsOf(cloud, signer).leases.seal(document).signed] })
    )
  await assert.rejects(grant(lease, stranger), { code: 'DOCUMENT_FORGED' })
  await assert.rejects(grant({ ...lease, network: 'another' }), { code: 'DOCUMENT_OF_ANOTHER_NETWORK' })
  await assert.rejects(grant({ ...lease, owner: stranger }, stranger), { code: 'INVALID' })
  await assert.rejects(grant({ ...lease, requester: stranger }), { code: 'LEASE_OF_ANOTHER' })
  for (const unwanted of [
    { ...lease, request: 'ffffffffffffffff' },
    { ...lease, unit: 1 },
    { ...lease, allocation: { ...lease.allocation, cpuMilli: 999 } }
  ])
    assert.deepEqual((await grant(unwanted)).unwanted, [lease.fence])
  assert.equal(provisioning.request(request).units[0]?.state, 'wanted')
  assert.deepEqual((await grant(lease)).unwanted, [])
  // Who signs what it does not hold is asked to confirm it, and found out.
  await cloud.time.advance(10_000)
  assert.deepEqual([provisioning.request(request).state, provisioning.leases()], ['waiting', []])
})

test('an older gang takes what a younger one only holds, and nothing that is active', async () => {
  const cloud = await createTestCloud({ size: 2, capacity: (index) => (index === 0 ? offering(2_000) : undefined) })
  const network = cloud.node(0).overlay.network.id
  const asked: Omit<CapacityRequest, 'id'> = {
    ...{ network, requester: stranger, epoch: 1, seq: 1, ttlMs: 60_000, expression: 'true', amounts: cpus(2_000) },
    ...{ count: 1, gang: true, priority: 4 }
  }
  async function propose(id: string, waitedMs: number): Promise<readonly number[]> {
    const request = documentsOf(cloud, stranger).requests.seal({ ...asked, id }).signed
    const reply = cloud.node(1).transport.request(cloud.node(0).peer, proposeProtocol, { request, units: [0], waitedMs })
    return (await cloud.time.settle(reply)).granted
  }
  assert.deepEqual(await propose('0000000000000001', 1_000), [0])
  assert.deepEqual(await propose('0000000000000002', 500), [], 'a younger one waits')
  assert.deepEqual(await propose('0000000000000003', 60_000), [0], 'an older one does not')
  assert.equal(cloud.node(0).provisioning.capacity().held, 1)
  await cloud.time.advance(10_000)
  const { id } = await cloud.time.settle(cloud.node(1).provisioning.create({ expression: 'true', amounts: cpus(2_000) }))
  assert.equal((await cloud.time.settle(cloud.node(1).provisioning.until(id, 5_000))).state, 'granted')
  assert.deepEqual(await propose('0000000000000004', 600_000), [])
  assert.equal(cloud.node(0).provisioning.capacity().active, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryMetrics, seededRandom, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { emptySchema, parseAmounts, parseAttributes, parseCapacity } from '@cloudpeer/model'
import { foundNetwork, openDescriptor } from '@cloudpeer/overlay'
import { createProvisioning, type OwnedCapacity } from '@cloudpeer/provisioning'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import { transportAround } from '../../src/cloud/transport-around.ts'
import { staticOverlays } from '../../src/placement/static-overlay.ts'

const requesters = 3_000
const owners = 8
/** Requests that a matcher keeps: a third of what there is. */
const waitingMax = 1_000
const durationMs = 5_000
const spec = { expression: 'true', amounts: parseAmounts({ cpuMilli: 1_000 }), durationMs }
const capacity: OwnedCapacity = { total: parseCapacity({ cpuMilli: 64_000 }), attributes: parseAttributes({}, emptySchema) }

/** So many nodes with keys of their own, each owner, matcher and requester, on a membership that is at rest. */
async function createNodes(count: number) {
  const time = createVirtualTime()
  const random = seededRandom(1)
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => 10, passes: 'values' })
  const verifier = createHashVerifier()
  const metrics = createMemoryMetrics()
  const signers = Array.from({ length: count }, () => createHashSigner(peerIdFromPublicKey(random.bytes(32))))
  const schema = { version: 1, attributes: {} }
  const descriptor = openDescriptor(foundNetwork({ signer: signers[0] ?? assert.fail(), random, name: 'requesters', schema }), verifier)
  const overlayOf = staticOverlays(
    descriptor,
    signers.map(({ self }) => ({ peer: self, address: network.addressOf(self) }))
  )
  const init = { network: descriptor.id, schema: () => emptySchema, verifier, isNew: true, options: { waitingMax } }
  const nodes = signers.map((signer, place) => {
    const ground = { clock: network.clockOf(signer.self), random: seededRandom(place), log: silentLog, metrics }
    const joined = network.join({ self: signer.self, networkId: descriptor.id })(ground)
    const transport = transportAround(joined, {
      request(peer, protocol, body, options) {
        void joined.learn(peer, [network.addressOf(peer)])
        return joined.request(peer, protocol, body, options)
      }
    })
    const components = { ...ground, transport, overlay: overlayOf(signer.self), stores: createMemoryStores() }
    return { transport, provisioning: createProvisioning({ ...init, signer })(components) }
  })
  for (const { transport } of nodes) await time.settle(transport.start())
  for (const { provisioning } of nodes) await time.settle(provisioning.start())
  return { time, metrics, nodes: nodes.map(({ provisioning }) => provisioning) }
}

test('3,000 requesters at once: matchers stay within their bounds and say so, and everybody is granted once in the end', async () => {
  const { time, metrics, nodes } = await createNodes(owners + requesters)
  const asking = nodes.slice(owners)
  await time.settle(Promise.all(asking.map((node) => node.create(spec))))

  const waitingAt = (): readonly number[] => nodes.map((node) => node.status().matcher.waiting).filter((waiting) => waiting > 0)
  assert.deepEqual(waitingAt(), [waitingMax, waitingMax, waitingMax], 'each of the matchers of the cell is full')
  const requests = asking.flatMap((node) => node.requests())
  assert.equal(requests.length, requesters)
  for (const { state, acknowledged, refused } of requests)
    assert.deepEqual(
      [state, acknowledged > 0 ? undefined : 'QUEUE_FULL'],
      ['waiting', refused],
      'it waits at a matcher, or is told why not'
    )
  assert.ok(requests.some(({ refused }) => refused === 'QUEUE_FULL'))

  for (const owner of nodes.slice(0, owners)) await time.settle(owner.setCapacity(capacity))
  const open = (): number => asking.reduce((sum, node) => sum + node.status().requests, 0)
  for (let step = 0; open() > 0 && step < 40; step++) {
    await time.advance(durationMs)
    assert.ok(waitingAt().every((waiting) => waiting <= waitingMax))
  }
  const ended = asking.flatMap((node) => node.requests())
  assert.deepEqual([ended.length, new Set(ended.map(({ state }) => state))], [requesters, new Set(['ended'])])
  assert.equal(metrics.sum('cloudpeer_provisioning_requests_total', { outcome: 'granted' }), requesters)
  assert.deepEqual(waitingAt(), [])
  for (const owner of nodes.slice(0, owners)) assert.deepEqual(owner.capacity().free, capacity.total)
})

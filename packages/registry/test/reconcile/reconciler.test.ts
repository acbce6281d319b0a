import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryMetrics, isCloudError, type MemoryMetrics, type PeerId, seededRandom, silentLog } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import type { ReplyOf, Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import '../../src/errors.ts'
import { type RegistryOptions, registryDefaults } from '../../src/options.ts'
import { copyProtocol, reconcileProtocol } from '../../src/reconcile/protocol.ts'
import { createReconciler, type Reconcile, type Reconciled } from '../../src/reconcile/reconciler.ts'
import { createResponder, type Responder } from '../../src/reconcile/responder.ts'
import { createShardItems } from '../../src/reconcile/shard-items.ts'
import { signService, signTombstone, type VerifiedRecord } from '../../src/record/record.ts'
import { createVerifiedRecords } from '../../src/record/verified-records.ts'
import { HeldShards } from '../../src/replica/held-shards.ts'
import { createAskNewest, newestProtocol, newestRows } from '../../src/replica/newest.ts'
import { packRecords } from '../../src/replica/page.ts'
import { writeProtocol } from '../../src/replica/protocol.ts'
import { RecordStore } from '../../src/replica/record-store.ts'

/** At which replicas everybody sees the shard. */
const view = new Uint8Array(8)

interface Node {
  readonly peer: PeerId
  readonly transport: Transport
  readonly store: RecordStore
  readonly held: HeldShards
  readonly responder: Responder
  readonly reconcile: Reconcile
  readonly metrics: MemoryMetrics
}

const cores = { attribute: 'cores' }
const names = { attribute: 'name' }
const ttlMs = 600_000
const random = seededRandom(1)
const owner: Signer = createHashSigner(peerIdFromPublicKey(random.bytes(32)))

function service(name: string, seq = 1, attributes: Readonly<Record<string, readonly number[]>> = { cores: [4] }): VerifiedRecord {
  return signService(owner, { network: 'net', epoch: 1, seq, ttlMs }, { name, attributes, endpoints: [] })
}

function tombstone(name: string, seq: number): VerifiedRecord {
  return signTombstone(owner, { network: 'net', epoch: 1, seq, ttlMs }, name)
}

function services(count: number, from = 0): VerifiedRecord[] {
  return Array.from({ length: count }, (_, index) => service(`s-${from + index}`))
}

/** Two nodes with real stores; each takes writes without asking whether it is responsible, which is the replica's part. */
async function twoNodes(
  options: Partial<RegistryOptions> = {}
): Promise<{ readonly time: VirtualTime; readonly here: Node; readonly there: Node }> {
  const time = createVirtualTime()
  const network = createSimulatedNetwork({ clock: time.clock, random: seededRandom(2) })
  const [here, there] = [createNode(), createNode()]
  function createNode(): Node {
    const peer = peerIdFromPublicKey(random.bytes(32))
    const clock = network.clockOf(peer)
    const metrics = createMemoryMetrics()
    const transport = network.join({ self: peer })({ clock, random, log: silentLog, metrics })
    const store = new RecordStore(createMemoryStores(), { ...registryDefaults, ...options }, { servedFrom: () => 1, isMember: () => true })
    const held = new HeldShards(peer)
    for (const shard of held.update([cores, names], () => [peer])) shard.ready = true
    const records = createVerifiedRecords('net', createHashVerifier())
    const items = createShardItems(store)
    const askNewest = createAskNewest({ clock, transport, store, records })
    const parts = {
      clock,
      random,
      transport,
      store,
      records,
      askNewest,
      items,
      metrics,
      options: { ...registryDefaults, ...options }
    }
    const responder = createResponder({ clock, held, store, items, view: () => view })
    return { peer, transport, store, held, responder, reconcile: createReconciler(parts), metrics }
  }
  for (const { transport, store, responder } of [here, there]) {
    await transport.start()
    transport.serve(reconcileProtocol, (request) => responder.reconcile(request))
    transport.serve(copyProtocol, (request) => responder.copy(request))
    transport.serve(newestProtocol, ({ ids }) => newestRows(store, ids, time.now))
    transport.serve(writeProtocol, ({ records, leftMs }) => {
      const opened = records.map(([bytes, signature]) => createVerifiedRecords('net', createHashVerifier()).open({ bytes, signature }))
      const arrivals = opened.map((record, index) => ({ record, fromOwner: false, leftMs: leftMs?.[index] ?? 0 }))
      const outcomes = store.accept(arrivals, time.now)
      const failed = outcomes.flatMap((outcome, index) => (isCloudError(outcome) ? [{ index, error: { code: outcome.code } }] : []))
      return { failed, unready: [] }
    })
  }
  await here.transport.learn(there.peer, there.transport.addresses())
  return { time, here, there }
}

function put({ store }: Node, records: readonly VerifiedRecord[], now = 0): void {
  store.accept(
    records.map((record) => ({ record, fromOwner: true })),
    now
  )
}

function held({ store }: Node): readonly string[] {
  return [...store.rows()].map(({ record }) => `${record.name}@${record.seq}${record.deleted ? ' deleted' : ''}`).sort()
}

function run(time: VirtualTime, { reconcile }: Node, { peer }: Node, shard = cores): Promise<Reconciled> {
  return time.settle(reconcile(shard, peer, new AbortController().signal))
}

test('finally_both_have_the_newest_of_everything', async () => {
  const { time, here, there } = await twoNodes()
  put(here, [...services(600), service('a', 2), service('b', 1), service('only-here')])
  put(there, [...services(700, 50), service('a', 1), service('b', 2), service('only-there')])
  const result = await run(time, here, there)
  assert.deepEqual(held(here), held(there))
  assert.equal(held(here).length, 754)
  assert.deepEqual([result.complete, result.ready, result.fetched, result.pushed], [true, true, 152, 52])
  assert.deepEqual(await run(time, here, there), { complete: true, ready: true, view, fetched: 0, pushed: 0 })
  assert.equal(here.metrics.sum('cloudpeer_registry_reconciled_total', { outcome: 'equal' }), 1)
})

test('what is no longer of the shard here is sent to who still has it there', async () => {
  const { time, here, there } = await twoNodes()
  put(there, [service('withdrawn'), service('moved')])
  put(here, [tombstone('withdrawn', 2), service('moved', 2, { memory: [1] })])
  assert.equal((await run(time, here, there)).pushed, 2)
  assert.deepEqual(held(there), ['moved@2', 'withdrawn@2 deleted'])
  assert.deepEqual(held(here), held(there))
})

test('what another calls superseded is taken from it in its newest version, and is no refusal', async () => {
  const { time, here, there } = await twoNodes()
  put(here, [service('moved'), service('withdrawn'), service('kept')])
  put(there, [service('moved', 2, { memory: [1] }), tombstone('withdrawn', 2), service('kept')])
  const result = await run(time, here, there)
  assert.deepEqual([result.fetched, result.pushed], [2, 0])
  assert.deepEqual(held(here), held(there))
  assert.deepEqual(held(here), ['kept@1', 'moved@2', 'withdrawn@2 deleted'])
  put(here, [service('moved', 3)])
  assert.equal((await run(time, here, there)).pushed, 1)
})

test('a node that is not complete is sent nothing, and says so', async () => {
  const { time, here, there } = await twoNodes()
  there.held.update([], () => [])
  put(here, services(10))
  put(there, services(1, 99))
  assert.deepEqual(await run(time, here, there), { complete: true, ready: false, view, fetched: 1, pushed: 0 })
  assert.equal(there.store.size, 1)
})

test('anytime_a_copy_outlives_its_owner_no_longer_than_where_it_came_from', async () => {
  const { time, here, there } = await twoNodes()
  put(here, services(3))
  put(there, services(3, 3))
  await time.advance(ttlMs - 1000)
  await run(time, here, there)
  assert.deepEqual([here.store.size, there.store.size], [6, 6])
  await time.advance(1000)
  assert.deepEqual([here.store.expire(time.now), there.store.expire(time.now)], [6, 6])
})

test('what was refused for good is not moved again', async () => {
  const { time, here, there } = await twoNodes()
  put(here, services(3))
  put(there, services(40))
  here.store.expire(ttlMs)
  put(here, services(40, 40), ttlMs)
  assert.equal((await run(time, here, there)).fetched, 37)
  const copied = (): number => here.metrics.sum('cloudpeer_transport_messages_total', { protocol: copyProtocol.id })
  const before = copied()
  assert.equal((await run(time, here, there)).fetched, 0)
  assert.equal(copied(), before)
})

test('a full node stops at the first page', async () => {
  const { time, here, there } = await twoNodes({ recordsMax: 5 })
  put(there, services(5))
  put(here, services(3, 100))
  await assert.rejects(run(time, here, there), (error) => isCloudError(error, 'QUOTA_EXCEEDED'))
  assert.equal(here.store.size, 5)
})

test('anytime_records_move_no_faster_than_the_rate', async () => {
  const { time, here, there } = await twoNodes({ reconciledBytesPerSecond: 100_000 })
  put(there, services(9_000))
  const { fetched } = await run(time, here, there)
  assert.equal(fetched, 9_000)
  const bytes = here.metrics.sum('cloudpeer_registry_reconciled_bytes_total')
  const allowanceBytes = 1024 * 1024 + 100_000
  assert.ok(bytes > 1.5 * allowanceBytes && time.now >= ((bytes - allowanceBytes) / 100_000) * 1000, `${bytes} bytes in ${time.now} ms`)
  assert.ok(here.store.bytes / bytes > 0.9)
})

test('a page that was not asked for is refused, and fetching ends', async () => {
  const bad: Readonly<Record<string, Partial<ReplyOf<typeof copyProtocol>>>> = {
    'of another shard': { rows: packRecords([service('s-1', 1, { memory: [1] })]) },
    'out of order': { rows: packRecords([service('s-2'), service('s-1')]) },
    'beyond the next page': { rows: packRecords([service('s-2')]), next: { name: 's-1' } },
    'empty and not the last': { rows: new Uint8Array(), next: { name: 's-1' } },
    'the same again': { rows: packRecords([service('s-1')]), next: { name: 's-2' } }
  }
  for (const [kind, page] of Object.entries(bad)) {
    const { time, here, there } = await twoNodes()
    put(there, services(1000))
    there.responder.copy = () => ({ rows: new Uint8Array(), leftMs: [1000, 1000], ...page })
    await assert.rejects(run(time, here, there), (error) => isCloudError(error, 'INVALID'), kind)
    assert.ok(here.store.size <= 1)
  }
})

test('a forged record ends it', async () => {
  const { time, here, there } = await twoNodes()
  put(there, services(10))
  there.responder.copy = () => ({ rows: packRecords([{ ...service('s-1'), signature: new Uint8Array(64) }]), leftMs: [1000] })
  await assert.rejects(run(time, here, there), (error) => isCloudError(error, 'RECORD_FORGED'))
  assert.equal(here.store.size, 0)
})

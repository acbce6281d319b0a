import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CloudError,
  encode,
  isCloudError,
  type PeerId,
  present,
  type Store,
  type StoreFactory,
  seededRandom,
  silentLog
} from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey, sha256 } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createCompiledQueries, emptySchema } from '@cloudpeer/model'
import { createDocuments } from '../../src/documents/documents.ts'
import { OwnRequest } from '../../src/requester/own-request.ts'
import { RequestStore } from '../../src/requester/request-store.ts'
import { RequestTables } from '../../src/requester/request-tables.ts'
import { resumedClock } from '../../src/requester/resumed-clock.ts'
import { checkSpec } from '../../src/requester/spec.ts'
import { UnitBook } from '../../src/requester/unit-book.ts'
import { cpus } from '../network.ts'
import { granted } from './granted.ts'

const peers = [1, 2].map((seed) => peerIdFromPublicKey(seededRandom(seed).bytes(32)))
const [requester, owner] = peers as [PeerId, PeerId]
const documentsOf = (self: PeerId) => createDocuments({ network: 'test', signer: createHashSigner(self), verifier: createHashVerifier() })
const id = '0123456789abcdef'

/** A disk that one run leaves to the next, which tells how many rows were written and fails when it is told to. */
function createDisk(image?: Uint8Array) {
  const memory = createMemoryStores()
  let left: Store | undefined
  const disk = { written: 0, failing: false, store: () => present(left, 'a store') }
  const stores: StoreFactory = {
    open(name, migrations) {
      left ??= memory.open(name, migrations, image === undefined ? {} : { image })
      const store = left
      const fail = (): void => {
        if (disk.failing) throw new CloudError('STORE_FULL', { store: name })
      }
      return {
        prepare(sql) {
          const statement = store.prepare(sql)
          return {
            ...statement,
            run(...values) {
              disk.written++
              return statement.run(...values)
            }
          }
        },
        transaction(work) {
          fail()
          return store.transaction(work)
        },
        close() {}
      }
    }
  }
  return { disk, stores }
}

/** One run of a process with such a disk. */
function createRun(stores: StoreFactory) {
  const time = createVirtualTime()
  const tables = new RequestTables(stores)
  const left = tables.read()
  const clock = resumedClock(time.clock, left.lastMs)
  const store = new RequestStore({ clock, tables, documents: documentsOf(requester), delayMs: 1, log: silentLog })
  return { time, clock, store, loaded: store.resume(left) }
}

function requestOf(count: number, nowMs = 0, gang = false): OwnRequest {
  const spec = checkSpec(
    { expression: 'true', amounts: cpus(500), count, gang, durationMs: 90_000 },
    createCompiledQueries(() => emptySchema)
  )
  const { mayRelax: _, deadlineMs: __, ...wanted } = spec
  const document = { network: 'test', requester, id, epoch: 1, seq: 1, ttlMs: 60_000, ...wanted }
  const book = new UnitBook(
    spec,
    Array.from({ length: count }, () => ({ state: 'wanted' }))
  )
  const request = documentsOf(requester).requests.seal(document)
  return new OwnRequest({ spec, request, book, state: 'waiting', createdAt: 1, waitedMs: 0 }, nowMs)
}

function lease(unit: number, state: 'held' | 'active') {
  return documentsOf(owner).leases.seal({ ...granted({ unit, seq: unit + 1, state }).document, owner, requester })
}

const unitsOf = ({ book }: OwnRequest) =>
  book.units.map((unit) => (unit.state === 'confirming' ? [unit.state, unit.askMs, unit.wantedMs] : unit.state))

test('a request is after a restart what it was, but for the time that it did not run; what was only held is wanted again', async () => {
  const { stores } = createDisk()
  const { time, clock, store } = createRun(stores)
  const request = requestOf(4, clock.now())
  store.add(request)
  for (const unit of [0, 1]) request.book.take(lease(unit, 'held'), clock.now())
  request.book.due(clock.now())
  request.book.activate(lease(0, 'active'), clock.now(), clock.now())
  request.book.take(lease(2, 'held'), clock.now())
  store.note(request)
  await time.settle(store.committed())
  await time.advance(30_000)
  store.checkpoint()
  store.close()
  await time.advance(500_000)

  const next = createRun(stores)
  const after = present(next.loaded[0], 'the request')
  const nowMs = next.clock.now()
  assert.deepEqual([after.id, after.state, after.createdAt, after.waitedMs(nowMs)], [id, 'waiting', 1, 30_001])
  assert.deepEqual(after.spec, request.spec)
  assert.deepEqual(after.request.document, request.request.document)
  assert.deepEqual(unitsOf(after), [['confirming', nowMs, 59_999], ['confirming', nowMs, 90_000], 'wanted', 'wanted'])
})

test('a request that was granted is verified first', async () => {
  const { stores } = createDisk()
  const { store } = createRun(stores)
  const request = requestOf(1)
  store.add(request)
  request.happen('granted', 0)
  store.close()
  assert.equal(createRun(stores).loaded[0]?.state, 'verifying')
})

test('a change of one unit writes one row, whatever the request has, and what changes together is one commit', async () => {
  const { disk, stores } = createDisk()
  const { time, store } = createRun(stores)
  const request = requestOf(256)
  store.add(request)
  await time.settle(store.committed())
  assert.equal(disk.written, 1)
  for (const unit of [0, 1, 2]) {
    request.book.take(lease(unit, 'held'), 0)
    store.note(request)
    request.book.due(0)
    store.note(request)
  }
  await time.settle(store.committed())
  assert.equal(disk.written, 1 + 3)
  request.book.activate(lease(0, 'active'), 0, 0)
  request.book.renewing(lease(0, 'active'), 0)
  store.note(request)
  await time.settle(store.committed())
  assert.equal(disk.written, 4 + 1)
})

test('what could not be written is written when the disk takes it again', async () => {
  const { disk, stores } = createDisk()
  const { time, store } = createRun(stores)
  const request = requestOf(2)
  disk.failing = true
  store.add(request)
  await assert.rejects(time.settle(store.committed()), (error) => isCloudError(error, 'STORE_FULL'))
  request.book.take(lease(1, 'held'), 0)
  request.book.due(0)
  store.note(request)
  await assert.rejects(time.settle(store.committed()))
  disk.failing = false
  await time.settle(store.committed())
  const [after] = createRun(stores).loaded
  assert.deepEqual(
    after?.book.units.map(({ state }) => state),
    ['wanted', 'confirming']
  )
})

for (const [what, damage] of [
  ['of the request', "UPDATE requests SET bytes = x'80'"],
  ['of a unit', "UPDATE units SET bytes = x'80' WHERE unit = 0"],
  [
    'of a unit that is the one of another',
    'UPDATE units SET bytes = other.bytes, digest = other.digest FROM units AS other WHERE units.unit = 0 AND other.unit = 1'
  ]
] as const) {
  test(`a request is forgotten of which a row ${what} is not what was written`, async () => {
    const { disk, stores } = createDisk()
    const { store } = createRun(stores)
    const request = requestOf(2)
    store.add(request)
    for (const unit of [0, 1]) request.book.take(lease(unit, 'held'), 0)
    request.book.due(0)
    store.note(request)
    store.close()
    assert.equal(disk.store().prepare(damage).run().changes, 1)
    const next = createRun(stores)
    assert.deepEqual(next.loaded, [])
    await next.time.settle(next.store.committed())
    for (const table of ['requests', 'units']) assert.deepEqual(disk.store().prepare(`SELECT * FROM ${table}`).all(), [])
  })
}

test('a gang of which a unit is not on disk gives the leases of the others back', async () => {
  for (const gang of [true, false]) {
    const { disk, stores } = createDisk()
    const { store } = createRun(stores)
    const request = requestOf(3, 0, gang)
    store.add(request)
    for (const unit of [0, 1, 2]) request.book.take(lease(unit, 'held'), 0)
    request.book.due(0)
    store.note(request)
    store.close()
    assert.equal(disk.store().prepare('DELETE FROM units WHERE unit = 1').run().changes, 1)
    const { book } = present(createRun(stores).loaded[0], 'the request')
    assert.deepEqual(book.wanted, gang ? [0, 1, 2] : [1])
    assert.deepEqual(
      book.drainReleases().map(({ document }) => document.unit),
      gang ? [0, 2] : []
    )
  }
})

test('the clock goes on from when anything was written last', async () => {
  const { stores } = createDisk()
  const { time, clock, store } = createRun(stores)
  const request = requestOf(1, clock.now())
  store.add(request)
  await time.settle(store.committed())
  await time.advance(1_000_000)
  request.book.take(lease(0, 'held'), clock.now())
  request.book.due(clock.now())
  store.note(request)
  store.close()
  const next = createRun(stores)
  assert.deepEqual([next.clock.now(), next.loaded[0]?.waitedMs(next.clock.now())], [1_000_001, 1_000_001])
})

test('a forgotten request is on no disk', async () => {
  const { stores } = createDisk()
  const { time, store } = createRun(stores)
  const request = requestOf(1)
  store.add(request)
  await time.settle(store.committed())
  store.forget(request.id)
  await time.settle(store.committed())
  assert.deepEqual(createRun(stores).loaded, [])
})

test('what a node of the first layout wrote is there in this one, once', () => {
  const { request, spec } = requestOf(3)
  const units = [{ state: 'wanted' }, { state: 'done' }, { state: 'leased', lease: lease(2, 'active').signed, leftMs: 70_000 }]
  const row = encode({ spec, request: request.signed, state: 'granted', createdAt: 1, waitedMs: 32_000, units })
  const first = createMemoryStores().open('requests', [
    'CREATE TABLE requests (id TEXT PRIMARY KEY, row BLOB NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID'
  ])
  const put = first.prepare('INSERT INTO requests (id, row, digest) VALUES (?, ?, ?)')
  put.run(id, row, sha256(row))
  put.run('fedcba9876543210', row, sha256(row.subarray(1)))
  const { disk, stores } = createDisk(first.image())
  for (const run of [1, 2]) {
    const { loaded } = createRun(stores)
    assert.equal(loaded.length, 1, `run ${run}`)
    const after = present(loaded[0], 'the request')
    assert.deepEqual([after.state, after.waitedMs(0), unitsOf(after)], ['verifying', 32_000, ['wanted', 'done', ['confirming', 0, 70_000]]])
  }
  assert.deepEqual(disk.store().prepare('SELECT * FROM whole_requests').all(), [])
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CloudError, type StoreFactory, seededRandom } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey, type Signer } from '@cloudpeer/core/identity'
import { createFileStores, createMemoryStores, failStop } from '@cloudpeer/core/store'
import { type RegistryOptions, registryDefaults } from '../../src/options.ts'
import { signService, signTombstone, type VerifiedRecord } from '../../src/record/record.ts'
import { createVerifiedRecords } from '../../src/record/verified-records.ts'
import { type Arrival, type Outcome, RecordStore } from '../../src/replica/record-store.ts'

const signer: Signer = createHashSigner(peerIdFromPublicKey(seededRandom(1).bytes(32)))
const ttlMs = 1000

function service(name: string, seq: number, epoch = 1): VerifiedRecord {
  return signService(signer, { network: 'net', epoch, seq, ttlMs }, { name, attributes: { seq: [seq] }, endpoints: [] })
}

function arrival(record: VerifiedRecord, fromOwner = true): Arrival {
  return { record, fromOwner }
}

function open(options: Partial<RegistryOptions> = {}, stores: StoreFactory = createMemoryStores()): RecordStore {
  return new RecordStore(stores, { ...registryDefaults, ...options }, { servedFrom: () => 1, isMember: () => true })
}

function codes(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.map((outcome) => (outcome instanceof CloudError ? outcome.code : outcome))
}

test('the newest version wins, in one batch and across batches, in any order', () => {
  const store = open()
  assert.deepEqual(
    codes(store.accept([arrival(service('a', 2)), arrival(service('a', 1)), arrival(service('a', 2)), arrival(service('a', 3))], 0)),
    ['stored', 'RECORD_STALE', 'kept', 'stored']
  )
  assert.deepEqual(codes(store.accept([arrival(service('a', 1)), arrival(service('a', 1, 2))], 0)), ['RECORD_STALE', 'stored'])
  assert.equal(store.get(`${signer.self}/a`)?.record.epoch, 2)
  assert.equal(store.size, 1)
})

test('a tombstone hides its service and stays against a replay', () => {
  const store = open()
  const tombstone = signTombstone(signer, { network: 'net', epoch: 1, seq: 2, ttlMs }, 'a')
  store.accept([arrival(service('a', 1)), arrival(tombstone)], 0)
  assert.equal(store.live, 0)
  assert.deepEqual(codes(store.accept([arrival(service('a', 1), false)], 1500)), ['RECORD_STALE'])
  assert.equal(store.expire(ttlMs), 0)
  assert.equal(store.expire(2 * ttlMs), 1)
})

test('anytime_an_older_record_does_not_come_after_one_that_has_expired, though its owner sent it', () => {
  const store = open()
  store.accept([arrival(service('a', 2))], 0)
  assert.equal(store.expire(ttlMs), 1)
  assert.deepEqual(codes(store.accept([arrival(service('a', 1))], ttlMs)), ['RECORD_STALE'])
  assert.equal(store.live, 0)
})

test('anytime_an_expired_record_comes_back_only_from_its_owner', () => {
  const store = open()
  store.accept([arrival(service('a', 1))], 0)
  assert.equal(store.expire(ttlMs), 1)
  assert.deepEqual(codes(store.accept([arrival(service('a', 1), false)], ttlMs)), ['RECORD_EXPIRED'])
  assert.deepEqual(codes(store.accept([arrival(service('a', 1), true)], ttlMs)), ['stored'])
})

test('only the owner extends the life of a record', () => {
  const store = open()
  store.accept([arrival(service('a', 1)), arrival(service('b', 1))], 0)
  store.accept([arrival(service('a', 1), true), arrival(service('b', 1), false)], 500)
  assert.equal(store.refresh(signer.self, 'c', 1, 1, 500), false)
  assert.equal(store.expire(ttlMs), 1)
  assert.ok(store.get(`${signer.self}/a`))
})

test('quotas are per owner and in all', () => {
  assert.deepEqual(
    codes(open({ recordsPerOwnerMax: 1 }).accept([arrival(service('a', 1)), arrival(service('b', 1)), arrival(service('a', 2))], 0)),
    ['stored', 'QUOTA_EXCEEDED', 'stored']
  )
  assert.deepEqual(codes(open({ recordsMax: 1 }).accept([arrival(service('a', 1)), arrival(service('b', 1))], 0)), [
    'stored',
    'QUOTA_EXCEEDED'
  ])
})

test('rows survive a restart, and rows that were tampered with do not', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudpeer-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const stores = createFileStores(directory)
  const first = open({}, stores)
  first.accept([arrival(service('a', 1)), arrival(service('b', 1))], 0)
  first.close()
  const raw = stores.open('records', [])
  raw.prepare("UPDATE records SET signature = zeroblob(64) WHERE name = 'b'").run()
  raw.close()
  const second = open({}, stores)
  assert.equal(second.load(createVerifiedRecords('net', createHashVerifier()), 0), 1)
  assert.deepEqual(
    [...second.rows()].map(({ record }) => record.name),
    ['a']
  )
  second.close()
})

test('a row under the key of another is dropped, and the other is there once', () => {
  const stores = createMemoryStores()
  const raw = stores.open('records', [
    'CREATE TABLE records (owner TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID'
  ])
  const put = raw.prepare('INSERT INTO records VALUES (?, ?, ?, ?)')
  const [a, b] = [service('a', 1), service('b', 1)]
  for (const [name, { bytes, signature }] of [
    ['a', a],
    ['b', b],
    ['c', service('a', 2)],
    ['d', b]
  ] as const)
    put.run(signer.self, name, bytes, signature)
  const image = raw.image()
  const second = open({}, { open: (name, migrations) => stores.open(name, migrations, { image }) })
  assert.equal(second.load(createVerifiedRecords('net', createHashVerifier()), 0), 2)
  assert.deepEqual(
    [...second.rows()].map(({ record: { name, seq } }) => [name, seq]),
    [
      ['a', 1],
      ['b', 1]
    ]
  )
  assert.deepEqual([second.size, second.bytes], [2, 2 * (a.bytes.length + a.signature.length)])
})

test('once a write has failed nothing is kept, which is told once, and what is there can be read', () => {
  const stores = createMemoryStores()
  let broken = false
  let told = 0
  const failing: StoreFactory = {
    open(name, migrations) {
      const store = stores.open(name, migrations)
      return failStop({
        ...store,
        transaction(work) {
          if (broken) throw new CloudError('STORE_FAILED', { store: name, problem: 'disk I/O error' })
          return store.transaction(work)
        }
      })
    }
  }
  const store = new RecordStore(failing, registryDefaults, { servedFrom: () => 1, isMember: () => true }, () => void told++)
  store.accept([arrival(service('a', 1))], 0)
  broken = true
  assert.deepEqual(codes(store.accept([arrival(service('a', 1)), arrival(service('a', 2)), arrival(service('b', 1))], 0)), [
    'kept',
    'STORE_FAILED',
    'STORE_FAILED'
  ])
  broken = false
  assert.deepEqual(codes(store.accept([arrival(service('c', 1))], 0)), ['STORE_FAILED'])
  assert.throws(() => store.expire(ttlMs), { code: 'STORE_FAILED' })
  assert.deepEqual([store.state, told, [...store.rows()].map(({ record }) => record.seq)], ['failed', 1, [1]])
})

test('a full disk loses nothing, is told, and is forgotten when there is room', () => {
  const stores: StoreFactory = createMemoryStores()
  let pages = 0
  const limited = {
    open(name: string, migrations: readonly string[]) {
      const store = stores.open(name, migrations)
      const limit = (count: number): void => void store.prepare(`PRAGMA max_page_count = ${count}`).get()
      pages = Number(store.prepare('PRAGMA page_count').get()?.page_count)
      limit(pages + 2)
      return Object.assign(store, { limit })
    }
  }
  let raw: ReturnType<typeof limited.open> | undefined
  const store = open({}, { open: (name, migrations) => (raw = limited.open(name, migrations)) })
  const many = Array.from({ length: 200 }, (_, index) => arrival(service(`s${index}`, 1)))
  assert.deepEqual(new Set(codes(store.accept(many, 0))), new Set(['STORE_FULL']))
  assert.equal(store.state, 'full')
  assert.equal(store.size, 0)
  raw?.limit(pages + 1000)
  store.accept(many, 0)
  assert.equal(store.state, 'ok')
  assert.equal(store.size, 200)
})

test('on a full disk what frees room is taken, beside what has none', () => {
  const stores: StoreFactory = createMemoryStores()
  let raw: ReturnType<typeof stores.open> | undefined
  const store = open(
    {},
    {
      open(name, migrations) {
        raw = stores.open(name, migrations)
        return raw
      }
    }
  )
  const note = 'x'.repeat(1000)
  const large = (name: string) =>
    signService(signer, { network: 'net', epoch: 1, seq: 1, ttlMs }, { name, attributes: { note: [note] }, endpoints: [] })
  store.accept([arrival(large('a')), arrival(large('b'))], 0)
  raw?.prepare(`PRAGMA max_page_count = ${Number(raw.prepare('PRAGMA page_count').get()?.page_count)}`).get()
  const tombstone = signTombstone(signer, { network: 'net', epoch: 1, seq: 2, ttlMs }, 'a')
  const many = Array.from({ length: 50 }, (_, index) => arrival(large(`c${index}`)))
  assert.deepEqual(codes(store.accept([arrival(tombstone), ...many], 0)), ['stored', ...many.map(() => 'STORE_FULL')])
  assert.equal(store.state, 'full')
  assert.equal(store.live, 1)
})

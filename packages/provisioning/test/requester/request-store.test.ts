import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerId, present, type Store, type StoreFactory, seededRandom } from '@cloudpeer/core'
import { createHashSigner, createHashVerifier, peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createCompiledQueries, emptySchema } from '@cloudpeer/model'
import { createDocuments } from '../../src/documents/documents.ts'
import { OwnRequest } from '../../src/requester/own-request.ts'
import { RequestStore } from '../../src/requester/request-store.ts'
import { checkSpec } from '../../src/requester/spec.ts'
import { UnitBook } from '../../src/requester/unit-book.ts'
import { cpus } from '../network.ts'
import { granted } from './granted.ts'

const peers = [1, 2].map((seed) => peerIdFromPublicKey(seededRandom(seed).bytes(32)))
const [requester, owner] = peers as [PeerId, PeerId]
const documentsOf = (self: PeerId) => createDocuments({ network: 'test', signer: createHashSigner(self), verifier: createHashVerifier() })

/** A store that one run leaves to the next. */
function leftStore(): { stores: StoreFactory; store: () => Store } {
  let left: Store | undefined
  const memory = createMemoryStores()
  return {
    stores: {
      open(name, migrations) {
        left ??= memory.open(name, migrations)
        return { ...left, close() {} }
      }
    },
    store: () => present(left, 'a store')
  }
}

function requestOf(count: number): OwnRequest {
  const spec = checkSpec(
    { expression: 'true', amounts: cpus(500), count, durationMs: 90_000 },
    createCompiledQueries(() => emptySchema)
  )
  const { mayRelax: _, deadlineMs: __, ...wanted } = spec
  const request = documentsOf(requester).requests.seal({
    network: 'test',
    requester,
    id: '0123456789abcdef',
    epoch: 1,
    seq: 1,
    ttlMs: 60_000,
    ...wanted
  })
  const book = new UnitBook(
    spec,
    Array.from({ length: count }, () => ({ state: 'wanted' }))
  )
  return new OwnRequest({ spec, request, book, state: 'waiting', createdAt: 1, waitedMs: 0 }, 0)
}

test('a request is after a restart what it was; what was only held is wanted again', () => {
  const { stores } = leftStore()
  const request = requestOf(4)
  const { leases } = documentsOf(owner)
  const grant = (unit: number, state: 'held' | 'active') =>
    leases.seal({ ...granted({ unit, seq: unit + 1, state }).document, owner, requester })
  for (const unit of [0, 1]) request.book.take(grant(unit, 'held'), 1_000)
  request.book.due(1_000)
  request.book.activate(grant(0, 'active'), 1_000, 2_000)
  request.book.take(grant(2, 'held'), 3_000)
  new RequestStore(stores, documentsOf(requester)).put(request, 32_000)

  const [found] = new RequestStore(stores, documentsOf(requester)).load(7, assert.fail)
  const after = present(found, 'the request')
  assert.deepEqual([after.id, after.state, after.createdAt, after.waitedMs(7)], [request.id, 'waiting', 1, 32_000])
  assert.deepEqual(after.spec, request.spec)
  assert.deepEqual(after.request.document, request.request.document)
  assert.deepEqual(
    after.book.units.map((unit) => (unit.state === 'confirming' ? [unit.state, unit.askMs, unit.wantedMs] : unit.state)),
    [['confirming', 7, 60_000], ['confirming', 7, 90_000], 'wanted', 'wanted']
  )
})

test('a row that is not what was written is named and left out', () => {
  const { stores, store } = leftStore()
  new RequestStore(stores, documentsOf(requester)).put(requestOf(1), 0)
  const bytes = Uint8Array.from(store().prepare('SELECT row FROM requests').get()?.row as Uint8Array)
  bytes[10] = (bytes[10] as number) ^ 1
  store().prepare('UPDATE requests SET row = ?').run(bytes)
  const damaged: string[] = []
  assert.deepEqual(
    new RequestStore(stores, documentsOf(requester)).load(0, (id) => damaged.push(id)),
    []
  )
  assert.deepEqual(damaged, ['0123456789abcdef'])
})

test('a forgotten request is on no disk', () => {
  const { stores } = leftStore()
  const requests = new RequestStore(stores, documentsOf(requester))
  requests.put(requestOf(1), 0)
  requests.delete('0123456789abcdef')
  assert.deepEqual(requests.load(0, assert.fail), [])
})

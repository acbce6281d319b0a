import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { LeaseIndex } from '../../src/requester/lease-index.ts'
import { granted } from './granted.ts'
import { ownRequest } from './own-requests.ts'

test('a lease is found by owner and fence, by name, and among those of its owner, for as long as the request has it', () => {
  const index = new LeaseIndex()
  const request = ownRequest('a')
  const { owner, fence } = granted({ seq: 3 }).document
  request.book.take(granted({ seq: 3 }), 0)
  index.update(request)
  assert.equal(index.get({ owner, fence })?.request, request)
  assert.equal(index.named('owner.1.3')?.request, request)
  assert.equal([...index.of(owner)].length, 1)
  assert.equal(index.get({ owner: 'another' as PeerId, fence }), undefined)
  for (const name of ['', '.', 'owner', 'owner.1', 'owner.1.4', 'constructor.1.3']) assert.equal(index.named(name), undefined, name)
  request.book.lose(granted({ seq: 3 }).document)
  index.update(request)
  assert.deepEqual([...index], [])
  assert.equal(index.get({ owner, fence }), undefined)
})

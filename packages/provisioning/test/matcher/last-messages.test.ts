import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError, type PeerId } from '@cloudpeer/core'
import { LastMessages } from '../../src/matcher/last-messages.ts'

const [a, b] = ['a', 'b'] as readonly string[] as readonly [PeerId, PeerId]
const isOvertaken = (error: unknown): boolean => isCloudError(error, 'OVERTAKEN')

test('a message counts unless a later one of the same requester has come', () => {
  const last = new LastMessages()
  last.take(a, { epoch: 1, seq: 2 })
  last.take(a, { epoch: 1, seq: 2 })
  assert.throws(() => last.take(a, { epoch: 1, seq: 1 }), isOvertaken)
  last.take(b, { epoch: 1, seq: 1 })
  last.take(a, { epoch: 2, seq: 1 })
  assert.throws(() => last.take(a, { epoch: 1, seq: 3 }), isOvertaken)
})

test('requesters are forgotten that nobody knows any more, and those heard of longest ago beyond 4,096', () => {
  const last = new LastMessages()
  for (const requester of [a, b]) last.take(requester, { epoch: 2, seq: 1 })
  last.sweep((requester) => requester === b)
  last.take(a, { epoch: 1, seq: 1 })
  assert.throws(() => last.take(b, { epoch: 1, seq: 1 }), isOvertaken)
  for (let other = 0; other < 4_095; other++) last.take(String(other) as PeerId, { epoch: 1, seq: 1 })
  assert.throws(() => last.take(a, { epoch: 0, seq: 1 }), isOvertaken)
  last.take(b, { epoch: 1, seq: 1 })
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { withRareWindowUpdates } from '../../src/libp2p/rare-window-updates.ts'

test('the peer is told of freed window once half of it is used', () => {
  let updates = 0
  const stream = { recvWindow: 1000, recvWindowCapacity: 1000, sendWindowUpdate: () => void updates++ }
  const updatesAt = (capacity: number): number => {
    stream.recvWindowCapacity = capacity
    stream.sendWindowUpdate()
    return updates
  }
  withRareWindowUpdates(stream as unknown as Stream)
  assert.deepEqual([999, 500, 499, 0].map(updatesAt), [0, 0, 1, 2])
})

test('a stream without such a window stays as it is', () => {
  const stream = {} as Stream
  assert.equal(withRareWindowUpdates(stream), stream)
  assert.deepEqual(Object.keys(stream), [])
})

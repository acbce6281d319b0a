import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { Outbox, retriedMax } from '../../src/requester/outbox.ts'
import { ownRequest } from './own-requests.ts'

const cells = [['.', 0]] as const
const nobody = new Map<number, string>()
const fresh = (): Outbox => new Outbox('matcher' as PeerId)

test('a message has 32 requests, or as many as fit into it, and one always does', () => {
  const outbox = fresh()
  for (let index = 0; index < 70; index++) outbox.submit(ownRequest(`small ${index}`), cells)
  assert.deepEqual(
    [outbox.take(), outbox.take(), outbox.take(), outbox.take()].map(({ submissions }) => submissions.length),
    [32, 32, 6, 0]
  )
  for (let index = 0; index < 3; index++) outbox.submit(ownRequest(`large ${index}`, 200 * 1024), cells)
  assert.deepEqual(
    [outbox.take(), outbox.take(), outbox.take()].map(({ submissions }) => submissions.length),
    [1, 1, 1]
  )
})

test('what did not arrive is due again, unless it was withdrawn since', () => {
  const outbox = fresh()
  outbox.submit(ownRequest('a'), cells)
  outbox.submit(ownRequest('b'), cells)
  const batch = outbox.take()
  outbox.withdraw('a')
  outbox.putBack(batch)
  const again = outbox.take()
  assert.deepEqual(
    again.submissions.map(({ request }) => request.id),
    ['b']
  )
  assert.deepEqual(again.withdrawn, ['a'])
  outbox.settle(again, nobody)
  assert.equal(outbox.isIdle, true)
  assert.equal(outbox.get('b')?.told, true)
})

test('what is refused is tried again later, and only what is still wanted', () => {
  const outbox = fresh()
  for (const id of ['a', 'b']) outbox.submit(ownRequest(id), cells)
  const batch = outbox.take()
  outbox.settle(batch, new Map(batch.submissions.map((_, place) => [place, 'QUEUE_FULL'])))
  assert.deepEqual([outbox.isIdle, outbox.get('a')?.told], [true, false])
  outbox.withdraw('b')
  outbox.settle(outbox.take(), nobody)
  outbox.refresh('a')
  assert.deepEqual([outbox.isIdle, outbox.hasRefused], [true, true], 'it is not told sooner')
  outbox.retryRefused()
  assert.deepEqual(
    outbox.take().submissions.map(({ request }) => request.id),
    ['a']
  )
  assert.equal(outbox.hasRefused, false)
})

test('a matcher refuses what it has refused, and all where another process has spoken later', () => {
  const outbox = fresh()
  for (const id of ['a', 'b']) outbox.submit(ownRequest(id), cells)
  outbox.settle(outbox.take(), new Map([[1, 'QUEUE_FULL']]))
  assert.deepEqual([outbox.refusal('a'), outbox.refusal('b')], [undefined, 'QUEUE_FULL'])
  outbox.isOvertaken = true
  assert.deepEqual([outbox.refusal('a'), outbox.refusal('b')], ['OVERTAKEN', 'OVERTAKEN'])
})

test('of what is refused only some is tried again at once, those first that have waited longest', () => {
  const outbox = fresh()
  const ids = Array.from({ length: retriedMax + 40 }, (_, index) => `${index}`)
  for (const id of ids) outbox.submit(ownRequest(id), cells)
  const takeAll = (): string[] => {
    const taken: string[] = []
    while (!outbox.isIdle) {
      const batch = outbox.take()
      taken.push(...batch.submissions.map(({ request }) => request.id))
      outbox.settle(batch, new Map(batch.submissions.map((_, place) => [place, 'QUEUE_FULL'])))
    }
    return taken
  }
  assert.deepEqual(takeAll(), ids)
  outbox.retryRefused()
  assert.deepEqual(takeAll(), ids.slice(0, retriedMax))
  outbox.retryRefused()
  assert.deepEqual(takeAll().slice(0, 40), ids.slice(retriedMax))
})

test('a request that is submitted anew is told anew, and is withdrawn no more', () => {
  const outbox = fresh()
  outbox.submit(ownRequest('a'), cells)
  outbox.settle(outbox.take(), nobody)
  outbox.withdraw('a')
  outbox.submit(ownRequest('a'), cells)
  const { submissions, withdrawn } = outbox.take()
  assert.deepEqual([submissions.length, withdrawn], [1, []])
  assert.equal(outbox.get('a')?.told, false)
})

test('nothing is withdrawn that was never submitted', () => {
  const outbox = fresh()
  outbox.withdraw('a')
  assert.equal(outbox.isEmpty, true)
})

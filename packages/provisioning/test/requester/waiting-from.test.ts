import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { emptySchema, parseAmounts } from '@cloudpeer/model'
import type { CapacityRequest } from '../../src/documents/request.ts'
import { waitingFrom } from '../../src/requester/waiting-from.ts'

const request: CapacityRequest = {
  network: 'test',
  requester: 'requester' as PeerId,
  id: '0123456789abcdef',
  epoch: 1,
  seq: 1,
  ttlMs: 60_000,
  expression: 'speed_ghz > 2.4 && location == "europe"',
  amounts: parseAmounts({ cpuMilli: 2_000, gpu: { count: 2, milli: 500, models: ['T4', 'P100'] }, others: { ports: 3 } }),
  count: 1,
  gang: false,
  priority: 4
}

test('counts of several matchers add up, term by term', () => {
  const counts = [
    {
      owners: 5,
      matching: 2,
      couldEver: 1,
      fitNow: 0,
      pausing: 0,
      terms: [
        [3, 0],
        [2, 1],
        [5, 0],
        [1, 0],
        [0, 0]
      ] as [number, number][]
    },
    {
      owners: 4,
      matching: 1,
      couldEver: 1,
      fitNow: 1,
      pausing: 1,
      terms: [
        [2, 1],
        [1, 2],
        [4, 1],
        [1, 1],
        [0, 1]
      ] as [number, number][]
    }
  ]
  assert.deepEqual(waitingFrom({ asked: 3, answered: 2, counts }, request, emptySchema), {
    owners: 9,
    asked: 3,
    answered: 2,
    matching: 3,
    couldEver: 2,
    fitNow: 1,
    pausing: 1,
    terms: [
      { term: 'speed_ghz > 2.4', owners: 5, fitWithout: 1 },
      { term: 'location == "europe"', owners: 3, fitWithout: 3 },
      { term: 'cpu >= 2000 milli', owners: 9, fitWithout: 1 },
      { term: 'gpus >= 2 with 500 milli each of T4 or P100', owners: 2, fitWithout: 1 },
      { term: 'ports >= 3', owners: 0, fitWithout: 1 }
    ],
    excludesMost: 'location == "europe"'
  })
})

test('where no single term helps none is named, and a matcher that tells of too few terms counts as telling nothing of them', () => {
  const counts = [{ owners: 1, matching: 0, couldEver: 0, fitNow: 0, pausing: 0, terms: [[1, 0]] as [number, number][] }]
  const waiting = waitingFrom({ asked: 1, answered: 1, counts }, request, emptySchema)
  assert.equal(waiting.excludesMost, undefined)
  assert.deepEqual(
    waiting.terms.map(({ owners }) => owners),
    [1, 0, 0, 0, 0]
  )
})

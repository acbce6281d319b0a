import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { countThatFits, packRecords, unpackRecords } from '../../src/replica/page.ts'
import { pageBytesMax } from '../../src/replica/protocol.ts'

const record = (length: number, fill: number) => ({ bytes: new Uint8Array(length).fill(fill), signature: new Uint8Array(64).fill(fill) })

test('what is packed is unpacked', () => {
  const records = [record(1, 1), record(300, 2), record(70_000, 3)]
  assert.deepEqual(unpackRecords(packRecords(records)), records)
  assert.deepEqual(unpackRecords(packRecords([])), [])
})

test('a page that is cut short anywhere between two records is malformed', () => {
  const page = packRecords([record(5, 1), record(7, 2)])
  const ends = new Set([0, 4 + 5 + 64, page.length])
  for (let length = 0; length <= page.length; length++) {
    if (ends.has(length)) assert.doesNotThrow(() => unpackRecords(page.subarray(0, length)))
    else
      assert.throws(
        () => unpackRecords(page.subarray(0, length)),
        (error) => isCloudError(error, 'MALFORMED')
      )
  }
})

test('a page has as many records as fit, and always one', () => {
  assert.equal(countThatFits([]), 0)
  assert.equal(countThatFits([record(pageBytesMax * 2, 1), record(1, 1)]), 1)
  const many = Array.from({ length: 1000 }, () => record(1000, 1))
  assert.equal(countThatFits(many), Math.floor(pageBytesMax / 1068))
})

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { AssertionError, assert as assertInvariant, CloudError, present } from '@cloudpeer/core'

test('a broken invariant throws, a kept one does not', () => {
  assertInvariant(1, 'kept')
  assert.throws(() => assertInvariant(0, 'broken'), new AssertionError('broken'))
})

test('what is present may be falsy', () => {
  for (const value of [0, '', false]) assert.equal(present(value, 'there'), value)
  for (const value of [null, undefined]) assert.throws(() => present(value, 'missing'), AssertionError)
})

test('a broken invariant is no failure of an operation', () => {
  assert.ok(!(new AssertionError('bug') instanceof CloudError))
})

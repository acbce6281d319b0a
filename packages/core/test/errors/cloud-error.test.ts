import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CloudError, defineErrors, errorDefinition, errorMessage, isCloudError } from '@cloudpeer/core'

defineErrors({ TEST_TAKEN: { message: '{seat} is taken by {owner}', retry: true, httpStatus: 409 } })

test('an error is a sentence with its fields in it', () => {
  const error = new CloudError('TEST_TAKEN', { seat: '4a', owner: 'Ada' })
  assert.equal(error.message, '4a is taken by Ada')
  assert.equal(error.name, 'CloudError')
  assert.deepEqual(error.fields, { seat: '4a', owner: 'Ada' })
  assert.equal(new CloudError('TEST_TAKEN', { seat: '4a' }).message, '4a is taken by {owner}')
})

test('the cause is kept', () => {
  const cause = new Error('why')
  assert.equal(new CloudError('TEST_TAKEN', {}, { cause }).cause, cause)
})

test('whether to retry comes from the table, and is no for a code that is not in it', () => {
  assert.equal(new CloudError('TEST_TAKEN').retry, true)
  assert.equal(new CloudError('INVALID').retry, false)
  const unknown = new CloudError('FROM_A_NEWER_PEER', { detail: 1 })
  assert.deepEqual([unknown.retry, unknown.message, errorDefinition(unknown.code)], [false, 'FROM_A_NEWER_PEER', undefined])
})

test('a code has one definition', () => {
  assert.throws(() => defineErrors({ TEST_TAKEN: { message: '', retry: false, httpStatus: 500 } }), /TEST_TAKEN is defined twice/)
})

test('an error is recognised by its codes', () => {
  const error: unknown = new CloudError('TEST_TAKEN')
  assert.ok(isCloudError(error))
  assert.ok(isCloudError(error, 'INVALID', 'TEST_TAKEN'))
  assert.ok(!isCloudError(error, 'INVALID'))
  assert.ok(!isCloudError({ code: 'TEST_TAKEN', fields: {} }))
})

test('anything thrown has one line', () => {
  assert.equal(errorMessage(new Error('why')), 'why')
  assert.equal(errorMessage('text'), 'text')
  assert.equal(errorMessage(undefined), 'undefined')
})

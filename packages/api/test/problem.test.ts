import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudError, errorDefinition } from '@cloudpeer/core'
import { errorFromProblem, type Problem, problemFrom, routes } from '../src/index.ts'

test('a problem document has the members of RFC 9457, the code and the fields', () => {
  assert.deepEqual(problemFrom(new CloudError('NOT_FOUND', { kind: 'service', name: 'web' })), {
    type: 'urn:cloudpeer:error:NOT_FOUND',
    title: 'Not found',
    status: 404,
    detail: 'service web was not found',
    code: 'NOT_FOUND',
    kind: 'service',
    name: 'web'
  })
})

test('a bug shows nothing of its insides', () => {
  const document = problemFrom(new TypeError('secret path'))
  assert.deepEqual([document.code, document.status], ['INTERNAL', 500])
  assert.doesNotMatch(JSON.stringify(document), /secret/)
})

test('documents carry errors there and back', () => {
  const error = new CloudError('INVALID', { field: 'limit', problem: 'must be >= 1', tried: ['a', 'b'], max: 3, open: true })
  const back = errorFromProblem(JSON.parse(JSON.stringify(problemFrom(error))) as Problem)
  assert.deepEqual([back.code, back.fields, back.message], [error.code, error.fields, error.message])
})

test('a code that only the node knows keeps its sentence', () => {
  const problem = { type: 'x', title: 'Too hot', status: 503, detail: 'the node is too hot', code: 'TOO_HOT', degrees: 90 }
  const error = errorFromProblem(problem)
  assert.deepEqual([error.code, error.fields, error.message, error.retry], ['TOO_HOT', { degrees: 90 }, 'the node is too hot', false])
})

test('a field with the name of a standard member does not replace it', () => {
  const document = problemFrom(new CloudError('INVALID', { field: 'a', problem: 'b', status: 'odd', type: 'int' }))
  assert.deepEqual([document.status, document.type], [400, 'urn:cloudpeer:error:INVALID'])
})

test('hostile documents are bounded', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 'x'.repeat(10_000)]))
  const error = errorFromProblem({ ...many, type: '', title: '', status: 400, detail: 'd'.repeat(1e6), code: 'C'.repeat(1000) } as Problem)
  assert.ok(Object.keys(error.fields).length <= 16)
  assert.ok(JSON.stringify(error.fields).length < 20_000)
  assert.ok(error.code.length <= 64)
  assert.ok(error.message.length <= 4096)
})

test('the errors that api declares have a status', () => {
  assert.equal(errorDefinition('NOT_FOUND')?.httpStatus, 404)
  assert.ok(routes.some(({ errors }) => errors.includes('NOT_FOUND')))
})

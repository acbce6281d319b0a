import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, isCloudError } from '@cloudpeer/core'
import { Type } from 'typebox'
import {
  createRequestRoute,
  defineRoute,
  findServiceRoute,
  ownServicesRoute,
  parseRequest,
  queryRoute,
  registerServicesRoute,
  requestRoute,
  routes,
  servicesPerRequestMax,
  setCapacityRoute
} from '../src/index.ts'

/** The field that an INVALID error names. */
function refusedField(parse: () => unknown): unknown {
  try {
    parse()
  } catch (error) {
    return isCloudError(error, 'INVALID') ? error.fields.field : error
  }
  return 'nothing was refused'
}

test('names and places of routes are unique', () => {
  assert.equal(new Set(routes.map(({ name }) => name)).size, routes.length)
  assert.equal(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size, routes.length)
})

test('the schemas survive JSON, as OpenAPI needs it', () => {
  for (const { params, body, reply } of routes) {
    assert.doesNotThrow(() => JSON.parse(JSON.stringify({ params, body, reply })))
  }
})

test('a received request becomes one flat, checked value', () => {
  assert.deepEqual(parseRequest(findServiceRoute, { params: { name: 'web' } }), { name: 'web' })
  assert.deepEqual(parseRequest(queryRoute, { params: {}, body: { expression: 'true', limit: 5 } }), { expression: 'true', limit: 5 })
})

test('what does not fit is refused by the name of the field', () => {
  const query = (body: unknown) => () => parseRequest(queryRoute, { body })
  assert.equal(refusedField(query(undefined)), 'body')
  assert.equal(refusedField(query([])), 'body')
  assert.equal(refusedField(query('expression')), 'body')
  assert.equal(refusedField(query({ expression: 'true', limit: 1001 })), 'limit')
  assert.equal(refusedField(query({ expression: 'true', limit: 1.5 })), 'limit')
  assert.equal(refusedField(query({ expression: 'true', explain: 'yes' })), 'explain')
  assert.equal(refusedField(query({ expression: 'true', lmit: 5 })), 'lmit')
  assert.equal(refusedField(query(JSON.parse('{"expression":"true","__proto__":{}}'))), '__proto__')
  const services = Array.from({ length: servicesPerRequestMax + 1 }, () => ({}))
  assert.equal(
    refusedField(() => parseRequest(registerServicesRoute, { body: { services } })),
    'services'
  )
  assert.equal(
    refusedField(() => parseRequest(findServiceRoute, { params: { name: '../members' } })),
    'name'
  )
  assert.equal(
    refusedField(() => parseRequest(findServiceRoute, { params: { name: 'a'.repeat(129) } })),
    'name'
  )
})

test('a route that contradicts itself is a bug', () => {
  const shape = { name: 'x', summary: 'x', reply: Type.Object({}) } as const
  const fields = Type.Object({ name: Type.String() })
  assert.throws(() => defineRoute({ ...shape, method: 'GET', path: '/v1/x/:id', params: fields }), AssertionError)
  assert.throws(() => defineRoute({ ...shape, method: 'DELETE', path: '/v1/x', body: fields }), AssertionError)
  assert.throws(() => defineRoute({ ...shape, method: 'POST', path: '/v1/:name', params: fields, body: fields }), AssertionError)
  assert.throws(() => defineRoute({ ...shape, method: 'POST', path: '/v1/x', headers: fields, body: fields }), AssertionError)
})

test('the fields of a GET travel in the query string, numbers as texts', () => {
  assert.deepEqual(parseRequest(ownServicesRoute, { query: { limit: '20', after: 'web' } }), { limit: 20, after: 'web' })
  assert.deepEqual(parseRequest(ownServicesRoute, { query: {} }), {})
  for (const query of [{ limit: '0' }, { limit: 'x' }, { limit: '1e3' }, { limit: ['1', '2'] }, { after: '' }, { other: '1' }])
    assert.throws(() => parseRequest(ownServicesRoute, { query }), { code: 'INVALID' })
})

test('amounts are whole numbers within bounds, and fields below the top are strict too', () => {
  const create = (amounts: unknown, more: object = {}) =>
    refusedField(() => parseRequest(createRequestRoute, { body: { expression: 'true', amounts, ...more } }))
  assert.equal(create({ cpuMilli: -1 }), 'amounts.cpuMilli')
  assert.equal(create({ cpuMilli: 0.5 }), 'amounts.cpuMilli')
  assert.equal(create({ memoryMib: 2 ** 41 }), 'amounts.memoryMib')
  assert.equal(create({ cpu: 1 }), 'amounts.cpu')
  assert.equal(create({ gpu: { count: 65 } }), 'amounts.gpu.count')
  assert.equal(create({ gpu: { shares: 1 } }), 'amounts.gpu.shares')
  assert.equal(create({ others: { licences: -1 } }), 'amounts.others.licences')
  assert.equal(create({}, { count: 0 }), 'count')
  assert.equal(create({}, { durationMs: 1e12 }), 'durationMs')
  assert.equal(create({ cpuMilli: 1, gpu: {} }, { count: 256, gang: true, priority: 0 }), 'nothing was refused')
  const put = (total: unknown) => refusedField(() => parseRequest(setCapacityRoute, { body: { total } }))
  assert.equal(put({ gpus: [{ model: '' }] }), 'total.gpus[0].model')
  assert.equal(put({ gpus: [{ model: 'T4', milli: 1001 }] }), 'total.gpus[0].milli')
  assert.equal(put({ gpus: Array(65).fill({ model: 'T4' }) }), 'total.gpus')
  assert.equal(
    refusedField(() => parseRequest(requestRoute, { params: { id: 'x' }, query: { waitMs: '25001' } })),
    'waitMs'
  )
})

test('a key travels as a header: a String of RFC 9651, or a word', () => {
  const body = { expression: 'true', amounts: {} }
  const keyOf = (header: unknown): unknown =>
    parseRequest(createRequestRoute, { body, headers: { host: 'node', 'idempotency-key': header } }).idempotencyKey
  assert.equal(keyOf('"order 66"'), 'order 66')
  assert.equal(keyOf('"a \\"b\\" \\\\c"'), 'a "b" \\c')
  assert.equal(keyOf('8e03978e-40d5-43e8-bc93-6894a57f9324'), '8e03978e-40d5-43e8-bc93-6894a57f9324')
  assert.equal(keyOf(undefined), undefined)
  for (const header of [
    '',
    '""',
    '"open',
    'two words',
    '"a";b=1',
    '"a", "b"',
    '"bad \\escape"',
    '"ümlaut"',
    'x'.repeat(65),
    '"line\nbreak"'
  ])
    assert.equal(
      refusedField(() => keyOf(header)),
      'idempotencyKey',
      header
    )
  assert.equal(
    refusedField(() => parseRequest(createRequestRoute, { body: { ...body, idempotencyKey: 'a' } })),
    'idempotencyKey'
  )
  assert.equal('idempotencyKey' in parseRequest(queryRoute, { body: { expression: 'true' }, headers: { 'idempotency-key': 'a' } }), false)
})

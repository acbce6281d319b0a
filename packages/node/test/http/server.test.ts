import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { type ApiHandlers, createClient } from '@cloudpeer/api'
import { CloudError, silentLog } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { type CallContext, createHttpApp, type HttpServerInit, startHttpServer } from '../../src/http/server.ts'
import { createPrometheusMetrics } from '../../src/metrics/metrics.ts'

const answer = {
  matches: [],
  partial: false,
  missing: [],
  more: false,
  consistency: 'one' as const,
  stats: { nodesAsked: 0, messages: 0, latencyMs: 1 }
}
const absent = (): never => {
  throw new Error('a bug')
}
const handlers: ApiHandlers<CallContext> = {
  status: absent,
  members: () => ({ members: [] }),
  network: () => ({ id: 'n', name: 'n', founder: 'f', schemaVersion: 1, schema: {} }),
  registerServices: ({ services }) => ({
    results: services.map((_, index) => ({ name: `s${index}`, seq: 1, acknowledged: 1, replicas: 1 }))
  }),
  ownServices: () => ({ services: [] }),
  findService: ({ name }) => {
    throw new CloudError('NOT_FOUND', { kind: 'service', name })
  },
  removeService: () => ({ removed: true }),
  query: () => answer,
  leave: () => ({ complete: true, waiting: [] }),
  capacity: absent,
  setCapacity: absent,
  drainCapacity: absent,
  undrainCapacity: absent,
  createRequest: absent,
  ownRequests: absent,
  request: absent,
  explainRequest: absent,
  cancelRequest: absent,
  leases: absent,
  lease: absent,
  renewLease: absent,
  releaseLease: absent,
  endLease: absent,
  checkLease: absent
}
const init = (): HttpServerInit => ({
  listen: { host: '127.0.0.1', port: 0 },
  handlers,
  metrics: createPrometheusMetrics(),
  log: silentLog,
  version: '1.2.3'
})

test('errors of every kind are problem documents', async (context) => {
  const app = await createHttpApp(init())
  context.after(() => app.close())
  const problem = async (request: object): Promise<unknown> => {
    const reply = await app.inject({ headers: { host: 'localhost' }, ...request })
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/)
    const { status, code, field } = reply.json()
    assert.equal(status, reply.statusCode)
    return { status, code, ...(field === undefined ? {} : { field }) }
  }
  const json = { 'content-type': 'application/json', host: 'localhost' }
  const query = (payload: unknown, headers: object = json): object => ({ method: 'POST', url: '/v1/query', headers, payload })
  assert.deepEqual(await problem({ url: '/nothing' }), { status: 404, code: 'ROUTE_NOT_FOUND' })
  assert.deepEqual(await problem({ url: '/v1/query' }), { status: 404, code: 'ROUTE_NOT_FOUND' })
  assert.deepEqual(await problem({ url: '/v1/services/none' }), { status: 404, code: 'NOT_FOUND' })
  assert.deepEqual(await problem({ url: '/v1/services/a%20b' }), { status: 400, code: 'INVALID', field: 'name' })
  assert.deepEqual(await problem({ url: `/v1/services/${'a'.repeat(128)}` }), { status: 404, code: 'NOT_FOUND' })
  assert.deepEqual(await problem({ url: `/v1/services/${'a'.repeat(129)}` }), { status: 400, code: 'INVALID', field: 'name' })
  assert.deepEqual(await problem({ url: `/v1/leases/${'a'.repeat(15_000)}` }), { status: 400, code: 'INVALID', field: 'id' })
  assert.deepEqual(await problem({ url: '/v1/leases/%zz' }), { status: 400, code: 'MALFORMED', field: 'path' })
  assert.deepEqual(await problem({ url: '/v1/status' }), { status: 500, code: 'INTERNAL' })
  assert.deepEqual(await problem(query('{')), { status: 400, code: 'MALFORMED', field: 'body' })
  assert.deepEqual(await problem(query('')), { status: 400, code: 'MALFORMED', field: 'body' })
  assert.deepEqual(await problem(query('[]')), { status: 400, code: 'INVALID', field: 'body' })
  assert.deepEqual(await problem(query('{"expression": 1}')), { status: 400, code: 'INVALID', field: 'expression' })
  assert.deepEqual(await problem(query('{"expression": "a", "frob": 1}')), { status: 400, code: 'INVALID', field: 'frob' })
  assert.deepEqual(await problem(query('{"expression": "a", "__proto__": 1}')), { status: 400, code: 'MALFORMED', field: 'body' })
  assert.deepEqual(await problem(query('x', { ...json, 'content-type': 'text/plain' })), {
    status: 400,
    code: 'INVALID',
    field: 'content-type'
  })
  assert.deepEqual(await problem(query(' '.repeat(16 * 1024 * 1024 + 1))), { status: 413, code: 'TOO_LARGE', field: 'body' })
})

test('a server on the loopback address serves its own names only', async (context) => {
  const app = await createHttpApp(init())
  context.after(() => app.close())
  const status = async (host: string): Promise<number> => (await app.inject({ url: '/v1/members', headers: { host } })).statusCode
  for (const host of ['localhost', 'localhost:7070', '127.0.0.1:7070', '127.1.2.3', '[::1]:7070', 'node.localhost'])
    assert.equal(await status(host), 200, host)
  for (const host of ['evil.example', 'evil.example:7070', '127.0.0.1.evil.example', '10.0.0.1'])
    assert.equal(await status(host), 403, host)
  const open = await createHttpApp({ ...init(), listen: { host: '0.0.0.0', port: 0 } })
  context.after(() => open.close())
  assert.equal((await open.inject({ url: '/v1/members', headers: { host: 'node.example' } })).statusCode, 200)
})

test('the contract is served as OpenAPI 3.1 with named components', async (context) => {
  const app = await createHttpApp(init())
  context.after(() => app.close())
  const document = (await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json()
  assert.equal(document.openapi, '3.1.0')
  assert.equal(document.info.version, '1.2.3')
  assert.deepEqual(Object.keys(document.components.schemas), ['Problem'])
  assert.equal(document.paths['/v1/services/{name}'].get.operationId, 'findService')
  assert.equal(document.paths['/v1/query'].post.requestBody.content['application/json'].schema.properties.limit.maximum, 1000)
  const fallback = document.paths['/v1/query'].post.responses.default.content['application/problem+json']
  assert.deepEqual(fallback.schema, { $ref: '#/components/schemas/Problem' })
  assert.equal('/metrics' in document.paths, false)
})

test('the typed client, metrics and a second server on the port', async (context) => {
  const server = await startHttpServer(init())
  context.after(() => server.close())
  const client = createClient({ baseUrl: server.url, clock: systemClock })
  assert.deepEqual(await client.query({ expression: 'true' }), answer)
  assert.equal((await client.registerServices({ services: [{}, {}] })).results.length, 2)
  await assert.rejects(client.findService({ name: 'x' }), { code: 'NOT_FOUND', fields: { kind: 'service', name: 'x' } })
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /cloudpeer_http_request_ms_count\{route="\/v1\/query",status="200"\} 1/)
  const listen = { host: '127.0.0.1', port: Number(new URL(server.url).port) }
  await assert.rejects(startHttpServer({ ...init(), listen }), { code: 'ADDRESS_IN_USE', fields: { address: `127.0.0.1:${listen.port}` } })
  await assert.rejects(startHttpServer({ ...init(), listen: { host: 'no.such.host.invalid', port: 0 } }), { code: 'BAD_ADDRESS' })
})

test('closing does not wait for idle connections and frees the port', async () => {
  const server = await startHttpServer(init())
  await fetch(`${server.url}/v1/members`)
  await server.close()
  const again = createServer().listen(Number(new URL(server.url).port), '127.0.0.1')
  await once(again, 'listening')
  again.close()
})

test('a handler learns that its caller has gone', async (context) => {
  const gone = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const waiting: ApiHandlers<CallContext> = {
    ...handlers,
    query: (_request, { signal }) =>
      new Promise((_, reject) => {
        asked.resolve()
        signal.addEventListener('abort', () => {
          gone.resolve()
          reject(new CloudError('CANCELLED'))
        })
      })
  }
  const server = await startHttpServer({ ...init(), handlers: waiting })
  context.after(() => server.close())
  const controller = new AbortController()
  const call = createClient({ baseUrl: server.url, clock: systemClock }).query({ expression: 'true' }, { signal: controller.signal })
  await asked.promise
  controller.abort()
  await assert.rejects(call, { code: 'CANCELLED' })
  await gone.promise
})

test('the page of the own services is asked for in the query string, as the contract says', async (context) => {
  const seen: unknown[] = []
  const ownServices: typeof handlers.ownServices = (request) => {
    seen.push(request)
    return { services: [] }
  }
  const app = await createHttpApp({ ...init(), handlers: { ...handlers, ownServices } })
  context.after(() => app.close())
  const get = (url: string) => app.inject({ url, headers: { host: 'localhost' } })
  assert.equal((await get('/v1/services?limit=2&after=a')).statusCode, 200)
  assert.deepEqual(seen, [{ limit: 2, after: 'a' }])
  assert.equal((await get('/v1/services?limit=0')).json().field, 'limit')
  const { parameters } = (await get('/openapi.json')).json().paths['/v1/services'].get
  assert.deepEqual(
    parameters.map((parameter: { readonly name: string; readonly in: string }) => [parameter.name, parameter.in]),
    [
      ['limit', 'query'],
      ['after', 'query']
    ]
  )
})

test('a key is read from its header, and told in the contract', async (context) => {
  const seen: unknown[] = []
  const createRequest: typeof handlers.createRequest = ({ idempotencyKey }) => {
    seen.push(idempotencyKey)
    throw new CloudError('STOPPED', { component: 'test' })
  }
  const app = await createHttpApp({ ...init(), handlers: { ...handlers, createRequest } })
  context.after(() => app.close())
  const create = (key: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/requests',
      headers: { host: 'localhost', 'Idempotency-Key': key },
      payload: { expression: 'true', amounts: {} }
    })
  await create('"order 66"')
  await create('order-67')
  assert.deepEqual(seen, ['order 66', 'order-67'])
  const refused = await create('"')
  assert.deepEqual([refused.statusCode, refused.json().field, seen.length], [400, 'idempotencyKey', 2])
  const { parameters } = (await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json().paths['/v1/requests'].post
  assert.deepEqual(
    parameters.map((parameter: { readonly name: string; readonly in: string; readonly required: boolean }) => [
      parameter.name,
      parameter.in,
      parameter.required
    ]),
    [['idempotency-key', 'header', false]]
  )
})

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { CloudError, isCloudError } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { type Answer, createClient, problemFrom, problemMediaType, replyBytesMax } from '../src/index.ts'
import { reply, startRawServer } from './raw-server.ts'

const answer: Answer = {
  matches: [{ name: 'web', owner: '12D3KooWowner', attributes: { vcpus: 4, os: ['linux', 'bsd'] }, endpoints: ['https://web.example'] }],
  partial: false,
  missing: [],
  more: false,
  consistency: 'one',
  stats: { nodesAsked: 1, messages: 2, latencyMs: 1.5 }
}

/** The error that a call ends with. */
async function failureOf(call: Promise<unknown>): Promise<CloudError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  assert.ok(isCloudError(error), `not a CloudError: ${String(error)}`)
  return error
}

test('a call sends what the route says and returns the checked reply', async (context) => {
  const { url, seen } = await startRawServer(context, (_, response) => reply(response, 200, JSON.stringify(answer)))
  const client = createClient({ baseUrl: url, clock: systemClock })
  assert.deepEqual(await client.query({ expression: 'vcpus >= 4', limit: 10 }), answer)
  const body = '{"expression":"vcpus >= 4","limit":10}'
  assert.deepEqual(seen, [{ method: 'POST', url: '/v1/query', contentType: 'application/json', body }])
})

test('a parameter travels in the path, below the path of the base URL', async (context) => {
  const { url, seen } = await startRawServer(context, (_, response) => reply(response, 200, '{"removed":true}'))
  const client = createClient({ baseUrl: `${url}/proxy/`, clock: systemClock })
  assert.deepEqual(await client.removeService({ name: 'web-1' }), { removed: true })
  assert.deepEqual(seen, [{ method: 'DELETE', url: '/proxy/v1/services/web-1', contentType: undefined, body: '' }])
})

test('what is put travels in the body', async (context) => {
  const total = { cpuMilli: 0, memoryMib: 0, diskMib: 0, gpus: [], others: {} }
  const report = {
    state: 'open',
    total,
    free: total,
    attributes: {},
    held: 0,
    active: 0,
    recalled: 0,
    ending: 0,
    quarantineMs: 0,
    cell: '.'
  }
  const { url, seen } = await startRawServer(context, (_, response) => reply(response, 200, JSON.stringify(report)))
  assert.deepEqual(await createClient({ baseUrl: url, clock: systemClock }).setCapacity({ total: { cpuMilli: 500 } }), report)
  assert.deepEqual(seen, [{ method: 'PUT', url: '/v1/capacity', contentType: 'application/json', body: '{"total":{"cpuMilli":500}}' }])
})

test('a key travels as a header, and is no part of the body', async (context) => {
  const thrown = new CloudError('REQUESTS_FULL', { max: 1 })
  const { url, seen } = await startRawServer(context, (_, response) =>
    reply(response, 503, JSON.stringify(problemFrom(thrown)), problemMediaType)
  )
  const client = createClient({ baseUrl: url, clock: systemClock })
  await failureOf(client.createRequest({ expression: 'true', amounts: {}, idempotencyKey: 'a "b" \\c' }))
  assert.deepEqual([seen[0]?.idempotencyKey, seen[0]?.body], ['"a \\"b\\" \\\\c"', '{"expression":"true","amounts":{}}'])
  const { code, fields } = await failureOf(client.createRequest({ expression: 'true', amounts: {}, idempotencyKey: 'ü' }))
  assert.deepEqual([code, fields.field, seen.length], ['INVALID', 'idempotencyKey', 1])
})

test('a request that does not fit its schema is not sent', async (context) => {
  const { url, seen } = await startRawServer(context, (_, response) => reply(response, 200, '{}'))
  const client = createClient({ baseUrl: url, clock: systemClock })
  const limit = await failureOf(client.query({ expression: 'true', limit: 0 }))
  assert.deepEqual([limit.code, limit.fields.field], ['INVALID', 'limit'])
  const name = await failureOf(client.findService({ name: '..' }))
  assert.deepEqual([name.code, name.fields.field], ['INVALID', 'name'])
  assert.equal(seen.length, 0)
})

test('fields that a newer node adds are let through', async (context) => {
  const { url } = await startRawServer(context, (_, response) => reply(response, 200, '{"members":[],"areas":[]}'))
  assert.deepEqual(await createClient({ baseUrl: url, clock: systemClock }).members(), { members: [], areas: [] } as never)
})

test('a problem document becomes the error that the node threw', async (context) => {
  const thrown = new CloudError('INVALID', { field: 'services[3].name', problem: 'is empty' })
  const { url } = await startRawServer(context, (_, response) =>
    reply(response, 400, JSON.stringify(problemFrom(thrown)), `${problemMediaType}; charset=utf-8`)
  )
  const error = await failureOf(createClient({ baseUrl: url, clock: systemClock }).registerServices({ services: [{}] }))
  assert.deepEqual([error.code, error.fields, error.message], [thrown.code, thrown.fields, thrown.message])
})

test('what is no answer of this API is API_UNEXPECTED and says what came', async (context) => {
  const cases: readonly [number, string, string, RegExp][] = [
    [502, '<html>', 'text/html', /status 502 with text\/html/],
    [200, '<html>', 'text/html', /not JSON/],
    [200, '{"members":{}}', 'application/json', /members/],
    [200, '', 'application/json', /not JSON/],
    [204, '', 'application/json', /status 204/],
    [404, '{"code":"NOT_FOUND"}', problemMediaType, /status 404/],
    [400, '{', problemMediaType, /status 400/]
  ]
  for (const [status, body, mediaType, expected] of cases) {
    const { url } = await startRawServer(context, (_, response) => reply(response, status, body, mediaType))
    const error = await failureOf(createClient({ baseUrl: url, clock: systemClock }).members())
    assert.equal(error.code, 'API_UNEXPECTED')
    assert.match(String(error.fields.problem), expected)
  }
})

test('a reply without an end is given up at its limit', async () => {
  const chunk = new Uint8Array(1024 * 1024)
  let cancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(chunk),
    cancel: () => {
      cancelled = true
    }
  })
  const client = createClient({ baseUrl: 'http://node.example', clock: systemClock, fetch: async () => new Response(endless) })
  const error = await failureOf(client.status())
  assert.equal(error.code, 'API_UNEXPECTED')
  assert.match(error.message, new RegExp(String(replyBytesMax)))
  assert.ok(cancelled)
})

test('a connection that is cut in the middle of a reply is API_UNREACHABLE', async (context) => {
  const { url } = await startRawServer(context, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"members":', () => response.destroy())
  })
  const error = await failureOf(createClient({ baseUrl: url, clock: systemClock }).members())
  assert.equal(error.code, 'API_UNREACHABLE')
})

test('a refused connection is API_UNREACHABLE with the reason', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const error = await failureOf(createClient({ baseUrl: `http://127.0.0.1:${port}`, clock: systemClock }).status())
  assert.equal(error.code, 'API_UNREACHABLE')
  assert.equal(error.fields.url, `http://127.0.0.1:${port}/v1/status`)
  assert.match(String(error.fields.problem), /ECONNREFUSED/)
})

test('silence ends with TIMED_OUT when its time is over, not before', async (context) => {
  const time = createVirtualTime()
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const { url } = await startRawServer(context, () => resolve())
  const call = failureOf(createClient({ baseUrl: url, clock: time.clock, timeoutMs: 2000 }).status())
  await asked
  await time.advance(1999)
  assert.equal(await Promise.race([call, Promise.resolve('waiting')]), 'waiting')
  await time.advance(1)
  const error = await call
  assert.deepEqual([error.code, error.fields], ['TIMED_OUT', { operation: `GET ${url}/v1/status`, timeoutMs: 2000 }])
})

test('a caller ends a call with its signal', async (context) => {
  const controller = new AbortController()
  const { url } = await startRawServer(context, () => controller.abort())
  const error = await failureOf(createClient({ baseUrl: url, clock: systemClock }).status({}, { signal: controller.signal }))
  assert.equal(error.code, 'CANCELLED')
})

test('a base URL that is none is INVALID', () => {
  for (const baseUrl of ['', 'localhost:7070', 'ftp://node', 'http://node/?a', 'http://node/#b']) {
    assert.throws(
      () => createClient({ baseUrl, clock: systemClock }),
      (error) => isCloudError(error, 'INVALID') && error.fields.field === 'baseUrl',
      baseUrl
    )
  }
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type CreatedRequest, problemFrom, problemMediaType } from '@cloudpeer/api'
import { CloudError } from '@cloudpeer/core'
import { type Outcome, runMain } from './run-main.ts'

const created: CreatedRequest = {
  id: '00112233445566aa',
  state: 'granted',
  expression: 'true',
  amounts: { cpuMilli: 1000, memoryMib: 0, diskMib: 0, others: {} },
  count: 1,
  gang: false,
  priority: 4,
  idempotencyKey: 'order 66',
  createdAt: 0,
  waitedMs: 0,
  units: [],
  cells: [],
  acknowledged: 1,
  repeated: true
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void

const cut: Answer = (response) => response.destroy()
const took: Answer = (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(created))

/** Creates a request at a node that gives these answers, one after another; with the keys that it was sent. */
async function create(context: TestContext, answers: readonly Answer[], ...args: string[]): Promise<Outcome & { keys: unknown[] }> {
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'])
    request.resume().on('end', () => (answers[keys.length - 1] ?? cut)(response, request))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const outcome = await runMain(['request', 'create', 'true', '--cpu', '1', '--api', String(port), ...args])
  return { ...outcome, keys }
}

test('a request whose answer is cut off is sent again with its key', async (context) => {
  const { code, stdout, keys } = await create(context, [cut, cut, took], '--key', 'order 66')
  assert.deepEqual([code, keys], [0, Array(3).fill('"order 66"')])
  assert.match(stdout, /^created +1970-01-01T00:00:00.000Z, when it was sent first$/m)
  assert.match(stdout, /^key +order 66$/m)
})

test('without a key one is drawn, and told where no answer comes', async (context) => {
  const { code, stderr, keys } = await create(context, [])
  assert.deepEqual([code, keys.length, new Set(keys).size], [1, 4, 1])
  assert.match(stderr, /^error: no node answers at /)
  assert.match(stderr, new RegExp(`^hint: whether it was taken is not known; ask again, with --key ${JSON.parse(String(keys[0]))}$`, 'm'))
})

test('what nobody has heard is not sent again', async () => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const { code, stderr } = await runMain(['request', 'create', 'true', '--cpu', '1', '--api', String(port)])
  assert.equal(code, 1)
  assert.match(stderr, /hint: is a node running/)
})

test('a key that is none, or that another request has, is told', async (context) => {
  for (const key of ['', 'x'.repeat(65), 'ümlaut']) {
    const { code, stderr, keys } = await create(context, [], '--key', key)
    assert.deepEqual([code, keys], [2, []])
    assert.match(stderr, /--key <key>.* It must have 1 to 64 printable ASCII characters\./)
  }
  const reused = problemFrom(new CloudError('IDEMPOTENCY_KEY_REUSED', { key: 'k', request: created.id }))
  const refuse: Answer = (response) => response.writeHead(422, { 'content-type': problemMediaType }).end(JSON.stringify(reused))
  const { code, stderr, keys } = await create(context, [refuse], '--key', 'k')
  assert.deepEqual([code, keys], [1, ['"k"']])
  assert.match(stderr, new RegExp(`hint: see what it asks for: cloudpeer request show ${created.id}`))
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Log } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import type { RequestStatus, Waiting } from '@cloudpeer/provisioning'
import { createScaleOut } from '../../src/hooks/scale-out.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const request = { id: '0011223344556677', expression: 'true' } as RequestStatus
const waiting = { owners: 0, terms: [] } as unknown as Waiting

/** The lines of a hook's log. */
function keptLog(): { readonly lines: string[]; readonly log: Log } {
  const lines: string[] = []
  const keep = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  return { lines, log }
}

test('a command is told on its standard input', async (context) => {
  const file = join(temporaryDirectory(context), 'told.json')
  const { lines, log } = keptLog()
  await createScaleOut(`cat > ${file}`, { clock: systemClock, log })(request, waiting)
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { request, waiting })
  assert.match(lines.join(), /was told/)
})

test('a URL is told by a POST', async (context) => {
  const bodies: unknown[] = []
  const server = createServer(async (incoming, outgoing) => {
    bodies.push([incoming.method, incoming.headers['content-type'], JSON.parse(await text(incoming))])
    outgoing.writeHead(bodies.length === 1 ? 204 : 500).end()
  }).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await once(server, 'listening')
  const { lines, log } = keptLog()
  const tell = createScaleOut(`http://127.0.0.1:${(server.address() as AddressInfo).port}/more`, { clock: systemClock, log })
  await tell(request, waiting)
  assert.deepEqual(bodies, [['POST', 'application/json', { request, waiting }]])
  await tell(request, waiting)
  assert.match(lines[1] ?? '', /could not be told .*status 500/)
})

test('a hook that fails is a line in the log', async () => {
  const { lines, log } = keptLog()
  for (const target of ['exit 3', 'http://127.0.0.1:1/']) await createScaleOut(target, { clock: systemClock, log })(request, waiting)
  assert.equal(lines.length, 2)
  assert.match(lines[0] ?? '', /could not be told .*exit 3 failed: status 3/)
})

import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { isCloudError, type PeerId } from '@cloudpeer/core'
import { startNode, textProtocol, unhandled } from './nodes.ts'

const echo = textProtocol('echo')

async function startProcess(context: TestContext): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = spawn(process.execPath, [new URL('echo-process.ts', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
  context.after(() => child.kill('SIGKILL'))
  const [address] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, address }
}

test('a killed process is told by its closed connection, and refuses from then on', async (context) => {
  const { transport } = await startNode(context)
  const { child, address } = await startProcess(context)
  const peer = await transport.connect(address)
  const lost = new Promise<PeerId>((resolve) => transport.onPeer({ disconnected: resolve }))
  assert.equal((await transport.request(peer, echo, { text: 'there?' })).text, 'there?')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const exitedAt = performance.now()
  assert.equal(await lost, peer)
  assert.ok(performance.now() - exitedAt < 1000)
  await assert.rejects(
    transport.request(peer, echo, { text: 'there?' }),
    (error) => isCloudError(error, 'REFUSED') && error.fields.peer === peer
  )
})

test('a silent process is told by time, stays connected, and answers again when it wakes', async (context) => {
  const { transport } = await startNode(context)
  const { child, address } = await startProcess(context)
  const peer = await transport.connect(address)
  child.kill('SIGSTOP')
  const silent = await unhandled(transport.request(peer, echo, { text: 'there?' }, { timeoutMs: 300 })).catch((error: unknown) => error)
  assert.ok(isCloudError(silent, 'TIMED_OUT'))
  assert.deepEqual(
    transport.peers().map(({ id }) => id),
    [peer]
  )
  child.kill('SIGCONT')
  assert.equal((await transport.request(peer, echo, { text: 'again' })).text, 'again')
})

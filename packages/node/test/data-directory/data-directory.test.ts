import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { openDataDirectory } from '../../src/data-directory/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const { clock } = createVirtualTime(1_700_000_000_500)
const open = (path: string, seed = 1) => openDataDirectory(path, { clock, random: seededRandom(seed) })

test('the key stays, the epoch grows, and everything kept comes back', (context) => {
  const path = join(temporaryDirectory(context), 'deep', 'down')
  const first = open(path)
  const network = { body: Uint8Array.of(1, 2), signature: new Uint8Array(64) }
  assert.equal(first.epoch, 1)
  assert.equal(first.network(), undefined)
  assert.deepEqual([first.ports(), first.peers()], [{}, []])
  first.pinNetwork(network)
  first.keepPorts({ '/ip4/127.0.0.1/tcp/0': 4242 })
  first.keepPeers(Array.from({ length: 70 }, (_, index) => ({ peer: `p${index}`, addresses: ['/ip4/1.2.3.4/tcp/1'] })))
  first.close()
  const second = open(path, 2)
  assert.deepEqual(second.seed, first.seed)
  assert.equal(second.epoch, 2)
  assert.deepEqual(second.network(), network)
  assert.deepEqual(second.ports(), { '/ip4/127.0.0.1/tcp/0': 4242 })
  assert.equal(second.peers().length, 64)
  second.close()
  assert.equal(statSync(join(path, 'identity.key')).mode & 0o777, 0o600)
})

test('a second opening is refused, naming the holder, until the first lets go', (context) => {
  const path = temporaryDirectory(context)
  const first = open(path)
  assert.throws(() => open(path), { code: 'DATA_DIRECTORY_IN_USE', fields: { directory: path, pid: String(process.pid) } })
  first.close()
  const second = open(path)
  assert.equal(second.epoch, 2, 'a refused opening counts no start')
  second.close()
})

test('the lock of a killed process is taken over', async (context) => {
  const path = temporaryDirectory(context)
  const source = new URL('../../src/data-directory/index.ts', import.meta.url).href
  const script = `import { openDataDirectory } from '${source}'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
openDataDirectory(process.argv[1], { clock: systemClock, random: createSystemRandom() }); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(child.stdout, 'data')
  assert.throws(() => open(path), { code: 'DATA_DIRECTORY_IN_USE', fields: { directory: path, pid: String(child.pid) } })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = open(path)
  assert.equal(next.epoch, 2)
  next.close()
})

test('a key without the count of its starts goes on in an epoch that is later than any that it can have had', (context) => {
  const path = temporaryDirectory(context)
  open(path).close()
  rmSync(join(path, 'epoch'))
  const found = open(path)
  assert.deepEqual([found.isNew, found.epoch], [false, 1_700_000_001])
  found.close()
  const next = open(path)
  assert.equal(next.epoch, 1_700_000_002)
  next.close()
})

test('files that make no sense are refused by name', (context) => {
  const path = temporaryDirectory(context)
  open(path).close()
  const refuses = (name: string, contents: string, read: (path: string) => unknown): void => {
    writeFileSync(join(path, name), contents)
    assert.throws(
      () => read(path),
      (error: { code: string; message: string }) => error.code === 'DATA_FILE' && error.message.includes(join(path, name))
    )
  }
  const reading = (what: 'network' | 'ports' | 'peers') => (where: string) => {
    const directory = open(where)
    try {
      return directory[what]()
    } finally {
      directory.close()
    }
  }
  refuses('network.cbor', 'nonsense', reading('network'))
  refuses('ports.json', '{"a": 70000}', reading('ports'))
  refuses('ports.json', '{', reading('ports'))
  refuses('peers.json', '[{"peer": 1}]', reading('peers'))
  refuses('identity.key', 'short', open)
  writeFileSync(join(path, 'identity.key'), new Uint8Array(32))
  refuses('epoch', '-4', open)
  refuses('epoch', '', open)
  assert.throws(() => open(join(path, 'epoch')), { code: 'DATA_FILE' })
})

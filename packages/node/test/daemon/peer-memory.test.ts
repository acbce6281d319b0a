import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type PeerId, seededRandom, silentLog } from '@cloudpeer/core'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import type { Member } from '@cloudpeer/overlay'
import { peersIntervalMs, rememberedAddresses, rememberPeers } from '../../src/daemon/peer-memory.ts'
import { openDataDirectory } from '../../src/data-directory/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const address = '/ip4/192.0.2.1/tcp/4001'

const member = (peer: string, state: Member['state'] = 'ALIVE'): Member => {
  return { peer: peer as PeerId, state, draining: false, epoch: 1, incarnation: 0, addresses: [address], labels: {}, sinceMs: 0 }
}

test('who is there is written down soon, so that a node that crashes finds its way back', async (context) => {
  const path = temporaryDirectory(context)
  const random = seededRandom(1)
  const time = createVirtualTime()
  const directory = openDataDirectory(path, { clock: time.clock, random })
  let members = [member('self')]
  const overlay = { self: 'self' as PeerId, members: () => members }
  const memory = rememberPeers(overlay, directory, { clock: time.clock, random, log: silentLog })
  const remembered = (): readonly string[] => rememberedAddresses(directory).map((one) => one.slice(one.indexOf('/p2p/') + 5))

  await time.advance(2 * peersIntervalMs)
  assert.deepEqual(remembered(), [])
  members = [member('a', 'AWAY'), member('b'), member('self')]
  await time.advance(2 * peersIntervalMs)
  assert.deepEqual(remembered(), ['b', 'a'])
  const { ino } = statSync(join(path, 'peers.json'))
  await time.advance(10 * peersIntervalMs)
  assert.equal(statSync(join(path, 'peers.json')).ino, ino, 'what has not changed is not written again')
  members = [member('self')]
  await time.advance(2 * peersIntervalMs)
  assert.deepEqual(remembered(), ['b', 'a'], 'the way back is not forgotten when all are out of sight')
  members = [member('c'), member('self')]
  await memory.stop()
  assert.deepEqual(remembered(), ['c'])
  directory.close()
})

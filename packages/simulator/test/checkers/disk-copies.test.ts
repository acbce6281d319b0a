import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, type PeerId } from '@cloudpeer/core'
import { allCopiesOnDisk, copiesOnDisk } from '../../src/checkers/disk-copies.ts'
import type { Machine } from '../../src/cloud/machine.ts'
import { createSimulatedDisk } from '../../src/cloud/simulated-disk.ts'

const migrations = ['CREATE TABLE records (name TEXT, owner TEXT, bytes BLOB, PRIMARY KEY (owner, name))']

test('copies are those that are on the disk now, whoever wrote there', () => {
  const disk = createSimulatedDisk()
  const machine = { disk } as Machine
  const seen = (): readonly (readonly number[])[] => [
    allCopiesOnDisk(machine).map(({ seq }) => seq),
    [...copiesOnDisk(machine, 'a' as PeerId).values()].map(({ seq }) => seq)
  ]
  assert.deepEqual(seen(), [[], []])

  const store = disk.open('records', migrations)
  const put = store.prepare('INSERT OR REPLACE INTO records (name, owner, bytes) VALUES (?, ?, ?)')
  const write = (owner: string, seq: number): unknown => put.run('web', owner, encode({ owner, name: 'web', seq }))
  write('a', 1)
  write('b', 2)
  const image = disk.snapshot()
  assert.deepEqual(seen(), [[1, 2], [1]])
  write('a', 3)
  assert.deepEqual(seen(), [[3, 2], [3]])
  disk.contentOf('records')?.store.prepare("DELETE FROM records WHERE owner = 'a'").run()
  assert.deepEqual(seen(), [[2], []])
  disk.restore(image)
  assert.deepEqual(seen(), [[1, 2], [1]])
})

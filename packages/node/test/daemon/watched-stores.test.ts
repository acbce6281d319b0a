import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFileStores } from '@cloudpeer/core/store'
import { boundedStores } from '../../src/daemon/bounded-stores.ts'
import { watchStores } from '../../src/daemon/watched-stores.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const table = ['CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)']

test('a store that refused a write makes all of them full, until there is room again', (context) => {
  const directory = temporaryDirectory(context)
  const stores = watchStores(boundedStores(createFileStores(directory), 1024 * 1024), directory)
  const [one, other] = [stores.open('one', table), stores.open('other', table)]
  const insert = one.prepare('INSERT INTO rows (body) VALUES (?)')
  const fill = (): void => {
    for (let row = 0; row < 2000; row++) insert.run(new Uint8Array(1000))
  }
  assert.equal(stores.full, false)
  assert.throws(() => one.transaction(fill), { code: 'STORE_FULL' })
  assert.equal(stores.full, false, 'nothing was written, so that there is room')
  assert.throws(fill, { code: 'STORE_FULL' })
  assert.equal(stores.full, true)
  other.prepare('INSERT INTO rows (body) VALUES (?)').run(new Uint8Array(1000))
  assert.equal(stores.full, true, 'it is still full')
  one.prepare('DELETE FROM rows WHERE id > 100').run()
  assert.equal(stores.full, false)
  one.close()
  other.close()
})

test('a store of which a write failed is named, until it is opened anew', (context) => {
  const directory = temporaryDirectory(context)
  const stores = watchStores(createFileStores(directory), directory)
  const [one, other] = [stores.open('one', table), stores.open('other', table)]
  one.prepare('INSERT INTO rows VALUES (1, NULL)').run()
  assert.deepEqual(stores.failed, [])
  for (let attempt = 0; attempt < 2; attempt++)
    assert.throws(() => one.prepare('INSERT INTO rows VALUES (1, NULL)').run(), { code: 'STORE_FAILED' })
  other.prepare('INSERT INTO rows VALUES (1, NULL)').run()
  assert.deepEqual([stores.failed, stores.full], [['one'], false])
  one.close()
  assert.deepEqual(stores.failed, [])
  stores.open('one', table).close()
  other.close()
})

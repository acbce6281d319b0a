import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFileStores } from '@cloudpeer/core/store'
import { boundedStores } from '../../src/daemon/bounded-stores.ts'
import { type WatchedStores, watchStores } from '../../src/daemon/watched-stores.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const problemsOf = (stores: WatchedStores) => () => stores.problems.map(({ code, fields }) => [code, fields.store])

const table = ['CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)']

test('a store that refused a write makes all of them full, until there is room again', (context) => {
  const directory = temporaryDirectory(context)
  const stores = watchStores(boundedStores(createFileStores(directory), 1024 * 1024), directory)
  const [one, other] = [stores.open('one', table), stores.open('other', table)]
  const wrong = problemsOf(stores)
  const insert = one.prepare('INSERT INTO rows (body) VALUES (?)')
  const fill = (): void => {
    for (let row = 0; row < 2000; row++) insert.run(new Uint8Array(1000))
  }
  assert.deepEqual(wrong(), [])
  assert.throws(() => one.transaction(fill), { code: 'STORE_FULL' })
  assert.deepEqual(wrong(), [], 'nothing was written, so that there is room')
  assert.throws(fill, { code: 'STORE_FULL' })
  assert.deepEqual(wrong(), [['STORE_FULL', 'one']])
  other.prepare('INSERT INTO rows (body) VALUES (?)').run(new Uint8Array(1000))
  assert.deepEqual(wrong(), [['STORE_FULL', 'one']], 'it is still full')
  one.prepare('DELETE FROM rows WHERE id > 100').run()
  assert.deepEqual(wrong(), [])
  one.close()
  other.close()
})

test('a store of which a write failed is named, until it is opened anew', (context) => {
  const directory = temporaryDirectory(context)
  const stores = watchStores(createFileStores(directory), directory)
  const [one, other] = [stores.open('one', table), stores.open('other', table)]
  const wrong = problemsOf(stores)
  one.prepare('INSERT INTO rows VALUES (1, NULL)').run()
  assert.deepEqual(wrong(), [])
  for (let attempt = 0; attempt < 2; attempt++)
    assert.throws(() => one.prepare('INSERT INTO rows VALUES (1, NULL)').run(), { code: 'STORE_FAILED' })
  other.prepare('INSERT INTO rows VALUES (1, NULL)').run()
  assert.deepEqual(wrong(), [['STORE_FAILED', 'one']])
  assert.throws(() => other.prepare('INSERT INTO rows VALUES (1, NULL)').run(), { code: 'STORE_FAILED' })
  assert.deepEqual(wrong(), [['STORE_FAILED', 'one, other']])
  one.close()
  assert.deepEqual(wrong(), [['STORE_FAILED', 'other']])
  stores.open('one', table).close()
  other.close()
})

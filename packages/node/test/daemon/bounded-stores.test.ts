import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStores } from '@cloudpeer/core/store'
import { boundedStores } from '../../src/daemon/bounded-stores.ts'

test('a store that has reached its size refuses writes as full, answers reads, and takes writes again when there is room', () => {
  const store = boundedStores(createMemoryStores(), 1024 * 1024).open('t', ['CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)'])
  const insert = store.prepare('INSERT INTO rows (body) VALUES (?)')
  const fill = (): void => {
    for (let row = 0; row < 2000; row++) insert.run(new Uint8Array(1000))
  }
  assert.throws(fill, { code: 'STORE_FULL' })
  const kept = Number(store.prepare('SELECT count(*) AS n FROM rows').get()?.n)
  assert.ok(kept > 500 && kept < 1100, `${kept} rows of 1,000 bytes in 1 MiB`)
  store.prepare('DELETE FROM rows').run()
  insert.run(new Uint8Array(1000))
  store.close()
})

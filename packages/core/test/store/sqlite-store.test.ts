import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isCloudError, type Store, type StoreFactory } from '@cloudpeer/core'
import { createFileStores, createMemoryStores } from '@cloudpeer/core/store'

const notes = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, data BLOB)']

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'cloudpeer-store-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

function add(store: Store, text: string, bytes = 0): void {
  store.prepare('INSERT INTO note (text, data) VALUES (?, ?)').run(text, new Uint8Array(bytes))
}

function texts(store: Store): string[] {
  return store
    .prepare('SELECT text FROM note ORDER BY id')
    .all()
    .map(({ text }) => text as string)
}

function codeOf(work: () => void): string {
  try {
    work()
  } catch (error) {
    assert.ok(isCloudError(error), String(error))
    return error.code
  }
  return 'none'
}

const kinds: readonly (readonly [string, (context: TestContext) => StoreFactory])[] = [
  ['in memory', () => createMemoryStores()],
  ['in a file', (context) => createFileStores(directory(context))]
]
for (const [kind, factory] of kinds) {
  test(`${kind}: values of every kind come back`, (context) => {
    const store = factory(context).open('test', ['CREATE TABLE value (a, b, c, d, e)'])
    assert.deepEqual(store.prepare('INSERT INTO value VALUES (?, ?, ?, ?, ?)').run('é', 1.5, 7n, Uint8Array.of(1, 2), null), { changes: 1 })
    const row = store.prepare('SELECT * FROM value').get()
    assert.deepEqual({ ...row }, { a: 'é', b: 1.5, c: 7, d: Uint8Array.of(1, 2), e: null })
    assert.equal(store.prepare('SELECT * FROM value WHERE a = ?').get('none'), undefined)
    store.close()
  })

  test(`${kind}: a transaction that throws changes nothing`, (context) => {
    const store = factory(context).open('test', notes)
    assert.equal(
      store.transaction(() => {
        add(store, 'kept')
        return 'result'
      }),
      'result'
    )
    assert.throws(
      () =>
        store.transaction(() => {
          add(store, 'lost')
          throw new Error('why')
        }),
      /why/
    )
    assert.deepEqual(texts(store), ['kept'])
    store.transaction(() => add(store, 'after'))
    assert.deepEqual(texts(store), ['kept', 'after'])
    store.close()
  })

  test(`${kind}: a full disk is STORE_FULL; the store goes on reading, and writing once there is room`, (context) => {
    const store = factory(context).open('test', notes)
    add(store, 'first')
    const pages = Number(store.prepare('PRAGMA page_count').get()?.page_count)
    store.prepare(`PRAGMA max_page_count = ${pages + 4}`).get()
    assert.equal(
      codeOf(() => add(store, 'large', 1_000_000)),
      'STORE_FULL'
    )
    const both = (): void => {
      add(store, 'small')
      add(store, 'large', 1_000_000)
    }
    assert.equal(
      codeOf(() => store.transaction(both)),
      'STORE_FULL'
    )
    assert.deepEqual(texts(store), ['first'])
    store.prepare('PRAGMA max_page_count = 100000').get()
    store.transaction(() => add(store, 'large', 1_000_000))
    assert.deepEqual(texts(store), ['first', 'large'])
    store.close()
  })

  test(`${kind}: what SQL refuses is STORE_FAILED`, (context) => {
    const store = factory(context).open('test', notes)
    add(store, 'once')
    assert.equal(
      codeOf(() => add(store, 'once')),
      'STORE_FAILED'
    )
    assert.equal(
      codeOf(() => void store.prepare('SELECT * FROM nowhere')),
      'STORE_FAILED'
    )
    assert.deepEqual(texts(store), ['once'])
    store.close()
  })
}

test('a file keeps its rows, and migrations run once each, in their order', (context) => {
  const stores = createFileStores(directory(context))
  const first = stores.open('test', notes)
  add(first, 'old')
  first.close()
  const migrations = [...notes, "ALTER TABLE note ADD COLUMN colour TEXT DEFAULT 'red'", "UPDATE note SET colour = colour || '!'"]
  for (const _ of [1, 2]) {
    const store = stores.open('test', migrations)
    assert.deepEqual({ ...store.prepare('SELECT text, colour FROM note').get() }, { text: 'old', colour: 'red!' })
    store.close()
  }
})

test('a migration that fails leaves the version before it', (context) => {
  const stores = createFileStores(directory(context))
  const broken = [...notes, 'CREATE TABLE more (id); INSERT INTO nowhere VALUES (1)']
  assert.equal(
    codeOf(() => stores.open('test', broken).close()),
    'STORE_FAILED'
  )
  const store = stores.open('test', [...notes, 'CREATE TABLE more (id)'])
  assert.deepEqual(store.prepare('SELECT * FROM more').all(), [])
  store.close()
})

test('only a store that is to survive a loss of power waits for the disk at each commit', (context) => {
  const files = createFileStores(directory(context))
  const [normal, full] = [files.open('a', notes), files.open('b', notes, { sync: 'power' })]
  const synchronous = (store: Store): unknown => store.prepare('PRAGMA synchronous').get()?.synchronous
  assert.deepEqual([synchronous(normal), synchronous(full)], [1, 2])
  for (const store of [normal, full]) store.close()
})

test('a store in memory can be opened with what another one held', () => {
  const memory = createMemoryStores()
  const first = memory.open('a', notes)
  add(first, 'kept')
  const second = memory.open('b', notes, { image: first.image() })
  add(first, 'later')
  assert.deepEqual(texts(second), ['kept'])
  for (const store of [first, second]) store.close()
})

test('stores of other names and of other factories are apart', (context) => {
  const memory = createMemoryStores()
  const [a, b] = [memory.open('a', notes), memory.open('a', notes)]
  add(a, 'here')
  assert.deepEqual(texts(b), [])
  const files = createFileStores(directory(context))
  const [c, d] = [files.open('c', notes), files.open('d', notes)]
  add(c, 'here')
  assert.deepEqual(texts(d), [])
  for (const store of [a, b, c, d]) store.close()
})

test('a place that cannot be opened and a file that is no store are STORE_FAILED', (context) => {
  const path = directory(context)
  assert.equal(
    codeOf(() => createFileStores(join(path, 'nowhere')).open('test', notes).close()),
    'STORE_FAILED'
  )
  writeFileSync(join(path, 'test.db'), 'this is no database, but it is long enough to look like one'.repeat(100))
  assert.equal(
    codeOf(() => createFileStores(path).open('test', notes).close()),
    'STORE_FAILED'
  )
})

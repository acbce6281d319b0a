import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { isCloudError, type Store, seededRandom } from '@cloudpeer/core'
import { createSimulatedDisk } from '../../src/cloud/simulated-disk.ts'

const notes = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, data BLOB)']
const keyed = ['CREATE TABLE pair (a TEXT, b TEXT, data BLOB NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID']

function add(store: Store, text: string, bytes = 1): void {
  store.prepare('INSERT INTO note (text, data) VALUES (?, ?)').run(text, new Uint8Array(bytes))
}

function texts(store: Store): string[] {
  return store
    .prepare('SELECT text FROM note ORDER BY id')
    .all()
    .map(({ text }) => String(text))
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

test('a crash loses nothing committed, keeps nothing else, and ends what was open', () => {
  const disk = createSimulatedDisk()
  const store = disk.open('notes', notes)
  const insert = store.prepare("INSERT INTO note (text) VALUES ('dead')")
  add(store, 'committed')
  const torn = (): void =>
    store.transaction(() => {
      add(store, 'torn')
      disk.crash()
      add(store, 'after')
    })
  assert.equal(codeOf(torn), 'STORE_FAILED')
  for (const work of [() => insert.run(), () => add(store, 'dead'), () => store.transaction(() => {})]) {
    assert.equal(codeOf(work), 'STORE_FAILED')
  }
  assert.deepEqual(texts(disk.open('notes', notes)), ['committed'])
})

test('a snapshot is what the disk was, however often it is restored', () => {
  const disk = createSimulatedDisk()
  const store = disk.open('notes', notes)
  add(store, 'old')
  const image = disk.snapshot()
  for (const round of [1, 2]) {
    const now = disk.open('notes', notes)
    add(now, `new ${round}`)
    add(disk.open('later', notes), 'later')
    disk.restore(image)
    assert.equal(
      codeOf(() => add(now, 'dead')),
      'STORE_FAILED'
    )
    assert.deepEqual(texts(disk.open('notes', notes)), ['old'])
    assert.deepEqual(texts(disk.open('later', notes)), [])
  }
  assert.equal(disk.effects.get('restored'), 2)
})

test('an image of an older version gets the migrations that it lacks', () => {
  const disk = createSimulatedDisk()
  add(disk.open('notes', notes), 'old')
  const image = disk.snapshot()
  const newer = [...notes, "ALTER TABLE note ADD COLUMN colour TEXT DEFAULT 'red'"]
  disk.open('notes', newer)
  disk.restore(image)
  assert.deepEqual({ ...disk.open('notes', newer).prepare('SELECT text, colour FROM note').get() }, { text: 'old', colour: 'red' })
})

test('an erased disk is empty', () => {
  const disk = createSimulatedDisk()
  add(disk.open('notes', notes), 'old')
  disk.erase()
  assert.deepEqual(texts(disk.open('notes', notes)), [])
  assert.deepEqual([...disk.effects], [['erased', 1]])
})

test('of an erased store nothing is left, and all of the others', () => {
  const disk = createSimulatedDisk()
  for (const name of ['notes', 'others']) add(disk.open(name, notes), 'old')
  disk.erase('notes')
  assert.deepEqual(texts(disk.open('notes', notes)), [])
  assert.deepEqual(texts(disk.open('others', notes)), ['old'])
})

test('a full disk takes nothing that needs room, and takes it again when there is some', () => {
  const disk = createSimulatedDisk()
  const store = disk.open('notes', notes)
  add(store, 'first')
  const lifts = [disk.fill(), disk.fill()]
  const large = (): void => add(store, 'large', 1_000_000)
  assert.equal(codeOf(large), 'STORE_FULL')
  assert.equal(
    codeOf(() => store.transaction(large)),
    'STORE_FULL'
  )
  assert.equal(
    codeOf(() => disk.open('another', notes)),
    'STORE_FULL'
  )
  assert.deepEqual(texts(store), ['first'])
  assert.equal(disk.effects.get('full'), 3)
  lifts[0]?.()
  assert.equal(codeOf(large), 'STORE_FULL')
  lifts[1]?.()
  large()
  assert.deepEqual(texts(store), ['first', 'large'])
})

test('a commit that fails says so, its changes are there or not, and its store takes nothing more until it is opened anew', () => {
  const disk = createSimulatedDisk()
  const kept = [false, true, true, false]
  disk.failCommits(4, () => kept.shift() as boolean)
  for (const text of ['one', 'two', 'three', 'four']) {
    const store = disk.open('notes', notes)
    const writes = [() => store.transaction(() => add(store, text)), () => add(store, 'later'), () => store.transaction(() => {})]
    assert.deepEqual(
      writes.map(codeOf),
      writes.map(() => 'STORE_FAILED')
    )
    assert.deepEqual([disk.openStores, disk.failedStores], [1, ['notes']])
    store.close()
  }
  const store = disk.open('notes', notes)
  assert.deepEqual([texts(store), disk.failedStores], [['two', 'three'], []])
  add(store, 'five')
  assert.deepEqual(texts(store), ['two', 'three', 'five'])
  assert.deepEqual([...disk.effects], [['failed commit', 4]])
})

test('commits stop failing when that is lifted, and reads never do', () => {
  const disk = createSimulatedDisk()
  const [store, other] = [disk.open('notes', notes), disk.open('others', notes)]
  const lift = disk.failCommits(1000, () => false)
  assert.deepEqual(texts(store), [])
  assert.equal(
    codeOf(() => add(store, 'lost')),
    'STORE_FAILED'
  )
  lift()
  add(other, 'kept')
  assert.deepEqual([texts(store), texts(other)], [[], ['kept']])
})

test('corruption flips one bit in each value that it strikes', () => {
  const disk = createSimulatedDisk()
  const [plain, pairs] = [disk.open('notes', notes), disk.open('pairs', keyed)]
  for (let i = 0; i < 10; i++) {
    add(plain, `${i}`, 20)
    pairs.prepare('INSERT INTO pair VALUES (?, ?, ?)').run('a', `${i}`, new Uint8Array(20))
  }
  add(plain, 'empty', 0)
  const bitsOf = (store: Store, table: string): number[] =>
    store
      .prepare(`SELECT data FROM ${table}`)
      .all()
      .map(({ data }) => (data as Uint8Array).reduce((bits, byte) => bits + byte.toString(2).replaceAll('0', '').length, 0))
      .filter((bits) => bits > 0)
  assert.equal(disk.corrupt(seededRandom(1), 3, 'pairs'), 3)
  assert.deepEqual([bitsOf(plain, 'note'), bitsOf(pairs, 'pair')], [[], [1, 1, 1]])
  assert.equal(disk.corrupt(seededRandom(1), 1000), 20)
  assert.deepEqual(bitsOf(plain, 'note'), Array(10).fill(1))
  assert.equal(disk.effects.get('flipped bit'), 23)
})

test('a write that goes astray leaves the content of one row under the key of another', () => {
  const disk = createSimulatedDisk()
  const [store, single] = [disk.open('notes', notes), disk.open('single', notes)]
  for (const text of ['a', 'b', 'c']) add(store, text)
  add(single, 'alone')
  assert.equal(disk.misplace(seededRandom(1), 2), 2)
  const after = store.prepare('SELECT id, text FROM note ORDER BY id').all()
  assert.deepEqual(
    after.map(({ id }) => id),
    [1, 2, 3]
  )
  assert.ok(new Set(after.map(({ text }) => text)).size < 3)
  assert.deepEqual([texts(single), disk.effects.get('misplaced row')], [['alone'], 2])
})

test('a write that was lost leaves its row as it was, or not there; of a store one write is left', () => {
  const disk = createSimulatedDisk()
  const store = disk.open('notes', notes)
  for (const text of ['kept', 'old', 'deleted']) add(store, text)
  const older = disk.snapshot()
  store.prepare("UPDATE note SET text = 'new' WHERE text = 'old'").run()
  add(store, 'added')
  store.prepare("DELETE FROM note WHERE text = 'deleted'").run()
  assert.deepEqual(
    [1, 100, 100].map((rows) => disk.revert(seededRandom(1), older, rows)),
    [1, 1, 0]
  )
  const left = ['kept,new,deleted', 'kept,old,deleted,added', 'kept,old']
  assert.ok(left.includes(texts(store).join()), texts(store).join())
})

test('each commit on a slow disk waits, until that is lifted', () => {
  const disk = createSimulatedDisk()
  const store = disk.open('notes', notes)
  let waits = 0
  const lift = disk.slow(() => void waits++)
  add(store, 'one')
  store.transaction(() => {
    add(store, 'two')
    add(store, 'three')
  })
  assert.deepEqual([texts(store), waits], [['one', 'two', 'three'], 2])
  lift()
  add(store, 'four')
  assert.deepEqual([waits, disk.effects.get('slow commit')], [2, 2])
})

test('equal seeds corrupt alike', () => {
  const images = [1, 2].map(() => {
    const disk = createSimulatedDisk()
    const store = disk.open('notes', notes)
    for (let i = 0; i < 10; i++) add(store, `${i}`, 20)
    disk.corrupt(seededRandom(5), 4)
    return disk.snapshot()
  })
  assert.deepEqual(images[0], images[1])
})

test('without power what was not synced goes back, what was is there, and nobody has a store open', () => {
  const disk = createSimulatedDisk()
  const [plain, kept, synced] = [disk.open('plain', notes), disk.open('kept', notes), disk.open('synced', notes, { sync: 'power' })]
  for (const store of [plain, kept, synced]) add(store, 'early')
  const older = disk.snapshot()
  for (const store of [plain, kept, synced, disk.open('new', notes)]) add(store, 'late')
  assert.deepEqual([disk.openStores, disk.contentOf('plain')?.synced, disk.contentOf('synced')?.synced], [4, false, true])
  plain.close()
  plain.close()
  assert.equal(disk.openStores, 3)
  disk.losePower(older, (name) => name !== 'kept')
  assert.equal(disk.openStores, 0)
  assert.equal(
    codeOf(() => add(synced, 'dead')),
    'STORE_FAILED'
  )
  assert.deepEqual(disk.contentOf('synced')?.store.prepare('SELECT count(*) AS count FROM note').get()?.count, 2)
  assert.deepEqual(
    ['plain', 'kept', 'synced', 'new'].map((name) => texts(disk.open(name, notes))),
    [['early'], ['early', 'late'], ['early', 'late'], []]
  )
  assert.equal(disk.effects.get('lost commits'), 2)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { pick, type Random, type Row, type SqlValue, type Store, seededRandom, silentLog } from '@cloudpeer/core'
import { createMemoryStores } from '@cloudpeer/core/store'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import '../../src/errors.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { ledgerMigrations } from '../../src/ledger/ledger-rows.ts'
import { createSharedStore, type SharedStore } from './shared-store.ts'
import { bookOptions, cpu, needs, peer, wish } from './wishes.ts'

/** What is on a disk, by table and key. */
type Rows = ReadonlyMap<string, Row>

const tables = [
  ['facts', 'name'],
  ['leases', 'seq']
] as const

function open(time: VirtualTime, disk: SharedStore, epoch: number): Ledger {
  const options = { ...bookOptions, commitDelayMs: 0 }
  return new Ledger({ clock: time.clock, log: silentLog, stores: disk.stores, isNew: epoch === 1, epoch, options })
}

function rowsOn({ store }: SharedStore): Rows {
  const rows = tables.flatMap(([table, key]) =>
    store.prepare(`SELECT '${table}' AS place, ${key} AS key, bytes, digest FROM ${table}`).all()
  )
  return new Map(rows.map((row) => [`${row.place} ${row.key}`, row]))
}

function write(store: Store, rows: Rows): void {
  for (const [table, name] of tables) {
    store.prepare(`DELETE FROM ${table}`).run()
    const insert = store.prepare(`INSERT INTO ${table} (${name}, bytes, digest) VALUES (?, ?, ?)`)
    for (const { place, key, bytes, digest } of rows.values()) if (place === table) insert.run(...([key, bytes, digest] as SqlValue[]))
  }
}

/** What was on a disk after each commit of one process. */
async function history(random: Random): Promise<readonly Rows[]> {
  const [time, disk] = [createVirtualTime(), createSharedStore()]
  const ledger = open(time, disk, 1)
  await time.settle(ledger.setCapacity({ total: cpu(2_000), attributes: {} }))
  const moments = [rowsOn(disk)]
  for (let step = 0; step < 8; step++) {
    await time.settle(act(ledger, random))
    moments.push(rowsOn(disk))
  }
  return moments
}

/** One of three requesters asks for something, confirms it or gives it back; now and then the operator offers less, or more. */
async function act(ledger: Ledger, random: Random): Promise<unknown> {
  const { total, free } = ledger.book
  if (random.next() < 0.15)
    return ledger.setCapacity({ total: cpu(total.cpuMilli - free.cpuMilli + 500 * random.integer(4)), attributes: {} })
  const letter = pick(random, ['a', 'b', 'c'])
  const entry = [...ledger.book.entries()].find(({ requester }) => requester === peer(letter))
  if (entry === undefined) return ledger.hold([wish(letter, { amounts: needs(500) })])
  if (entry.state === 'held' && random.next() < 0.6) return ledger.confirm([entry.fence], entry.requester)
  return ledger.release([entry.fence], entry.requester)
}

/** What is on a disk that has dropped one write of a row: the last one, or one of before after which the row was not written again. */
function withoutOneWrite(random: Random, moments: readonly Rows[]): Rows {
  const last = moments.at(-1) as Rows
  const keys = [...new Set(moments.flatMap((rows) => [...rows.keys()]))]
  const lost = keys.flatMap((key) => {
    const before = moments.findLast((rows) => !isDeepStrictEqual(rows.get(key), last.get(key)))
    return before === undefined ? [] : [[key, before.get(key)] as const]
  })
  const [key, row] = pick(random, lost)
  const rest = [...last].filter(([other]) => other !== key)
  return new Map(row === undefined ? rest : [...rest, [key, row]])
}

test('anytime_a_ledger_of_which_one_row_was_not_written_grants_nothing', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const [time, disk] = [createVirtualTime(), createSharedStore()]
    write(disk.store, withoutOneWrite(random, await history(random)))
    const ledger = open(time, disk, 2)
    assert.equal(ledger.header.quarantined, true, `seed ${seed}`)
    ledger.close()
  }
})

test('a ledger that was written before there was a digest of its rows is believed once', async () => {
  const [time, disk] = [createVirtualTime(), createSharedStore()]
  const old = createMemoryStores().open('ledger', ledgerMigrations.slice(0, 1))
  const rows = new Map((await history(seededRandom(1))).at(-1))
  rows.delete('facts rows')
  write(old, rows)
  disk.restore(old.image())
  const ledger = open(time, disk, 2)
  assert.deepEqual([ledger.header.quarantined, [...ledger.book.entries()].length > 0], [false, true])
  ledger.close()
  disk.store.prepare('DELETE FROM leases').run()
  assert.equal(open(time, disk, 3).header.quarantined, true)
})

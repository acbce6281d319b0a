import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { isCloudError, silentLog } from '@cloudpeer/core'
import { createFileStores } from '@cloudpeer/core/store'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import '../../src/errors.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { type LedgerRows, ledgerMigrations, ledgerTables } from '../../src/ledger/ledger-rows.ts'
import { bookOptions, cpu, needs, peer, wish } from './wishes.ts'

/** Where files are kept in memory a disk need not be waited for 5,000 times; elsewhere only some lengths are tried. */
const memory = '/dev/shm'
const [base, stride] = existsSync(memory) ? [memory, 3] : [tmpdir(), 61]

/** The smallest that SQLite has: many tears within few bytes. */
const pageBytes = 512

/** What a ledger is before its first commit. */
const nothing: LedgerRows = { header: undefined, capacity: undefined, leases: [], isFound: false, damaged: [], isWhole: true }

/** The ledger's file, and its log as it was when something had been acknowledged. */
interface Acknowledged {
  readonly walBytes: number
  readonly rows: LedgerRows
}

function directory(context: TestContext): string {
  const path = mkdtempSync(join(base, 'cloudpeer-ledger-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

function rowsIn(path: string): LedgerRows {
  const store = createFileStores(path).open('ledger', ledgerMigrations)
  try {
    return ledgerTables(store).read()
  } finally {
    store.close()
  }
}

/** A log as a crash leaves it: cut off, or of its full length with nothing in what was not written. */
function torn(wal: Uint8Array, length: number): Uint8Array {
  if (length % 2 === 0) return wal.subarray(0, length)
  const whole = new Uint8Array(wal.length)
  whole.set(wal.subarray(0, length))
  return whole
}

/** A ledger as it is found in a directory by this start of its owner. */
function opened(path: string, epoch: number): { readonly time: VirtualTime; readonly ledger: Ledger } {
  const time = createVirtualTime()
  const options = { ...bookOptions, leasesMax: 40, commitDelayMs: 0 }
  const init = { clock: time.clock, log: silentLog, stores: createFileStores(path), isNew: epoch === 1, epoch, options }
  return { time, ledger: new Ledger(init) }
}

function makeSmallPages(path: string): void {
  const small = new DatabaseSync(join(path, 'ledger.db'))
  small.exec(`PRAGMA page_size = ${pageBytes}; VACUUM`)
  small.close()
}

/** What a process wrote and acknowledged, one commit after the other, in a log of small pages. */
async function history(path: string): Promise<readonly Acknowledged[]> {
  makeSmallPages(path)
  const { time, ledger } = opened(path, 1)
  const acknowledged: Acknowledged[] = []
  const fence = (seq: number): { readonly epoch: number; readonly seq: number } => ({ epoch: 1, seq })
  for (const operation of [
    () => ledger.setCapacity({ total: cpu(2_000), attributes: {} }),
    () => ledger.hold([wish('a')]),
    () => ledger.confirm([fence(1)], peer('a')),
    () => ledger.hold([wish('b')]),
    () => ledger.release([fence(2)], peer('b')),
    // Several rows of one commit, and a lease that takes the place of others.
    () => ledger.hold([0, 1].map((unit) => wish('c', { unit, gang: true, amounts: needs(500) }))),
    () => ledger.hold([wish('d', { gang: true, waitedMs: 1_000 })])
  ]) {
    await time.settle<unknown>(operation())
    const copy = join(path, `copy-${acknowledged.length}`)
    mkdirSync(copy)
    for (const file of ['ledger.db', 'ledger.db-wal']) writeFileSync(join(copy, file), readFileSync(join(path, file)))
    acknowledged.push({ walBytes: readFileSync(join(path, 'ledger.db-wal')).length, rows: rowsIn(copy) })
  }
  return acknowledged
}

test('anytime_a_ledger_that_crashed_in_a_write_is_a_prefix_with_all_that_was_acknowledged', async (context) => {
  const path = directory(context)
  const acknowledged = await history(path)
  const [file, wal] = [readFileSync(join(path, 'ledger.db')), readFileSync(join(path, 'ledger.db-wal'))]
  assert.equal(acknowledged.at(-1)?.walBytes, wal.length)
  assert.equal(new Set(acknowledged.map(({ rows }) => JSON.stringify(rows))).size, acknowledged.length)
  const crashed = join(path, 'crashed')
  mkdirSync(crashed)
  for (let length = 0; length <= wal.length; length += stride) {
    for (const rest of ['-shm', '-wal']) rmSync(join(crashed, `ledger.db${rest}`), { force: true })
    writeFileSync(join(crashed, 'ledger.db'), file)
    writeFileSync(join(crashed, 'ledger.db-wal'), torn(wal, length))
    const due = acknowledged.findLastIndex(({ walBytes }) => walBytes <= length)
    const found = rowsIn(crashed)
    // A commit may be whole before it is acknowledged: then it may be there, all of it.
    const states = [{ rows: nothing }, ...acknowledged].slice(due + 1)
    assert.ok(
      states.some(({ rows }) => isDeepStrictEqual(found, rows)),
      `${length} bytes: ${JSON.stringify(found)}`
    )
  }
})

test('anytime_a_ledger_of_which_nothing_is_left_grants_nothing', async (context) => {
  const path = directory(context)
  await history(path)
  for (const file of ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']) rmSync(join(path, file))
  const { ledger } = opened(path, 2)
  assert.equal(ledger.header.quarantined, true)
  ledger.close()
})

/** The file of a ledger with so many leases that they fill many pages, all of it written back from the log. */
async function wholeFile(path: string): Promise<Buffer> {
  makeSmallPages(path)
  const { time, ledger } = opened(path, 1)
  await time.settle(ledger.setCapacity({ total: cpu(30_000), attributes: {} }))
  await time.settle(ledger.hold(Array.from({ length: 30 }, (_, unit) => wish('a', { unit }))))
  ledger.close()
  return readFileSync(join(path, 'ledger.db'))
}

/** What an owner makes of a file: why it does not start, or what it knows and whether it waits. */
function found(path: string): { readonly refused: boolean; readonly waits: boolean; readonly leases: number } {
  try {
    const { ledger } = opened(path, 2)
    const leases = [...ledger.book.entries()].length
    ledger.close()
    return { refused: false, waits: ledger.header.quarantined, leases }
  } catch (error) {
    if (!isCloudError(error, 'STORE_FAILED')) throw error
    return { refused: true, waits: true, leases: 0 }
  }
}

test('anytime_a_ledger_that_lacks_a_page_or_its_end_is_refused, or its owner waits, or it has every lease', async (context) => {
  const whole = await wholeFile(directory(context))
  const path = directory(context)
  const pages = whole.length / pageBytes
  assert.ok(pages > 15, `${pages} pages`)
  const outcomes = new Set<string>()
  for (let page = 0; page < pages; page++) {
    const [from, to] = [page * pageBytes, (page + 1) * pageBytes]
    for (const damaged of [whole.subarray(0, from), Buffer.from(whole).fill(0, from, to)]) {
      for (const rest of ['', '-shm', '-wal']) rmSync(join(path, `ledger.db${rest}`), { force: true })
      writeFileSync(join(path, 'ledger.db'), damaged)
      const { refused, waits, leases } = found(path)
      assert.ok(waits || leases === 30, `page ${page} of ${pages}: ${leases} leases`)
      outcomes.add(refused ? 'refused' : 'waits')
    }
  }
  assert.deepEqual([...outcomes].sort(), ['refused', 'waits'])
})

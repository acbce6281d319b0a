import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudError, isCloudError, type Log, silentLog } from '@cloudpeer/core'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import '../../src/errors.ts'
import type { BookEntry } from '../../src/ledger/book-entry.ts'
import { Ledger, type LedgerInit } from '../../src/ledger/ledger.ts'
import { createSharedStore, type SharedStore } from './shared-store.ts'
import { bookOptions, cpu, needs, peer, wish } from './wishes.ts'

interface Owner {
  readonly time: VirtualTime
  readonly disk: SharedStore
}

function newOwner(): Owner {
  return { time: createVirtualTime(), disk: createSharedStore() }
}

/** Each start counts one epoch more, as a node does. */
function open({ time, disk }: Owner, epoch = 1, init: Partial<LedgerInit> = {}): Ledger {
  const options = { ...bookOptions, commitDelayMs: 1 }
  return new Ledger({ clock: time.clock, log: silentLog, stores: disk.stores, isNew: epoch === 1, epoch, options, ...init })
}

async function opened(owner: Owner, processors = 2): Promise<Ledger> {
  const ledger = open(owner)
  await owner.time.settle(ledger.setCapacity({ total: cpu(processors * 1000), attributes: { arch: ['arm'] } }))
  return ledger
}

async function held({ time }: Owner, ledger: Ledger, letter: string): Promise<BookEntry> {
  const [outcome] = await time.settle(ledger.hold([wish(letter)]))
  assert.ok(outcome)
  return outcome.entry
}

async function active(owner: Owner, ledger: Ledger, letter: string): Promise<BookEntry> {
  const { fence, requester } = await held(owner, ledger, letter)
  const [outcome] = await owner.time.settle(ledger.confirm([fence], requester))
  assert.ok(outcome !== undefined && !(outcome instanceof CloudError), String(outcome))
  return outcome
}

function codes(outcomes: readonly unknown[]): readonly unknown[] {
  return outcomes.map((outcome) => (outcome instanceof CloudError ? outcome.code : outcome === undefined ? undefined : 'lease'))
}

function rows({ disk }: Owner): number {
  return Number(disk.store.prepare('SELECT count(*) AS count FROM leases').get()?.count)
}

test('anytime_an_answer_comes_after_its_commit', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  let answered = false
  const holding = ledger.hold([wish('a'), wish('b'), wish('c')]).then((outcomes) => {
    answered = true
    return outcomes
  })
  await owner.time.advance(0.5)
  assert.equal(answered, false)
  assert.equal(rows(owner), 0)
  assert.deepEqual(codes(await owner.time.settle(holding)), ['lease', 'lease', undefined])
  assert.equal(rows(owner), 2)
})

test('what comes within one delay is one commit', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const before = owner.time.now
  const all = Promise.all([ledger.hold([wish('a')]), ledger.hold([wish('a')]), ledger.hold([wish('b')])])
  await owner.time.settle(all)
  assert.equal(owner.time.now - before, 1)
})

test('a repeated wish is answered no sooner than the first is on disk', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const first = ledger.hold([wish('a')])
  await owner.time.advance(0.5)
  let answered = false
  const second = ledger.hold([wish('a')]).then(() => {
    answered = true
  })
  await owner.time.advance(0.4)
  assert.equal(answered, false)
  await owner.time.settle(Promise.all([first, second]))
})

test('a restart restores every lease with a full ttl, and fences go on rising', async () => {
  const owner = newOwner()
  const first = await opened(owner, 3)
  const lease = await active(owner, first, 'a')
  const hold = await held(owner, first, 'b')
  first.close()
  await owner.time.advance(1_000_000)
  const ledger = open(owner, 2)
  assert.equal(ledger.header.quarantined, false)
  assert.deepEqual(ledger.book.capacity, { total: cpu(3000), attributes: { arch: ['arm'] } })
  assert.deepEqual(ledger.book.free, cpu(1000))
  assert.equal(ledger.book.get(lease.fence)?.endsAt, owner.time.now + bookOptions.leaseMs)
  assert.equal(ledger.book.get(hold.fence)?.endsAt, owner.time.now + bookOptions.leaseMs)
  assert.deepEqual((await held(owner, ledger, 'c')).fence, { epoch: 2, seq: 3 })
  assert.deepEqual(codes(await owner.time.settle(ledger.confirm([hold.fence], hold.requester))), ['lease'])
})

test('seqs are not given twice, though all leases have ended between', async () => {
  const owner = newOwner()
  const first = await opened(owner)
  const { fence, requester } = await held(owner, first, 'a')
  await owner.time.settle(first.release([fence], requester))
  first.close()
  assert.equal(rows(owner), 0)
  assert.equal((await held(owner, open(owner, 2), 'b')).fence.seq, 2)
})

test('a lease whose work was being stopped is still being stopped after a restart', async () => {
  const owner = newOwner()
  const first = await opened(owner)
  const { fence, requester } = await active(owner, first, 'a')
  await owner.time.settle(first.release([fence], requester))
  first.close()
  const ledger = open(owner, 2)
  assert.equal(ledger.book.get(fence)?.state, 'ending')
  assert.deepEqual(ledger.book.free, cpu(1000))
  assert.deepEqual(codes(await owner.time.settle(ledger.confirm([fence], requester))), ['LEASE_LATE'])
})

test('draining is remembered', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  await owner.time.settle(ledger.setDraining(true))
  ledger.close()
  assert.equal(open(owner, 2).header.draining, true)
})

test('an owner without a ledger is in quarantine unless it is new, and stays so over a restart', async () => {
  assert.equal(open(newOwner()).header.quarantined, false)
  const owner = newOwner()
  const first = open(owner, 5)
  assert.equal(first.header.quarantined, true)
  first.close()
  const second = open(owner, 6)
  assert.equal(second.header.quarantined, true)
  await owner.time.settle(second.endQuarantine())
  second.close()
  assert.equal(open(owner, 7).header.quarantined, false)
})

test('a ledger that missed a start is in quarantine, one that is newer than the directory is not', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  ledger.close()
  open(owner, 2).close()
  const behind = open(owner, 2)
  assert.deepEqual([behind.header.quarantined, behind.header.epoch], [false, 2])
  behind.close()
  assert.equal(open(owner, 4).header.quarantined, true)
})

test('a directory that is behind its ledger does not take fences back', async () => {
  const owner = newOwner()
  const first = await opened(owner)
  first.raise(9)
  first.close()
  assert.equal((await held(owner, open(owner, 2), 'a')).fence.epoch, 9)
})

test('a damaged row puts the ledger in quarantine, once; what is whole goes on', async () => {
  for (const damage of [
    "UPDATE leases SET bytes = x'a0' WHERE seq = 1",
    'UPDATE leases SET digest = zeroblob(32) WHERE seq = 1',
    'UPDATE leases SET (bytes, digest) = (SELECT bytes, digest FROM leases WHERE seq = 2) WHERE seq = 1',
    "UPDATE facts SET bytes = x'a0' WHERE name = 'header'"
  ]) {
    const owner = newOwner()
    const first = await opened(owner)
    await active(owner, first, 'a')
    const whole = await active(owner, first, 'b')
    first.close()
    owner.disk.store.prepare(damage).run()
    const ledger = open(owner, 2)
    assert.equal(ledger.header.quarantined, true, damage)
    assert.equal(ledger.book.get(whole.fence)?.state, 'active', damage)
    await owner.time.settle(ledger.endQuarantine())
    ledger.close()
    assert.equal(open(owner, 3).header.quarantined, false, damage)
  }
})

test('damaged capacity takes all leases with it: nobody knows what they were granted from', async () => {
  const owner = newOwner()
  const first = await opened(owner)
  const { fence } = await active(owner, first, 'a')
  first.close()
  owner.disk.store.prepare("UPDATE facts SET bytes = x'a0' WHERE name = 'capacity'").run()
  const ledger = open(owner, 2)
  assert.equal(ledger.header.quarantined, true)
  assert.equal(ledger.book.capacity, undefined)
  assert.equal(ledger.book.get(fence), undefined)
  assert.equal(ledger.header.seq, 1)
})

test('a row that is not a lease is not believed, though its digest is right', async () => {
  const owner = newOwner()
  const first = await opened(owner)
  await active(owner, first, 'a')
  first.close()
  owner.disk.store.prepare("UPDATE leases SET (bytes, digest) = (SELECT bytes, digest FROM facts WHERE name = 'header')").run()
  assert.equal(open(owner, 2).header.quarantined, true)
})

test('after a commit that failed nothing is granted, though the disk would take it again', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const lease = await active(owner, ledger, 'a')
  owner.disk.fill(true)
  const many = Array.from({ length: 200 }, (_, unit) => wish('b', { unit, amounts: needs(0) }))
  const options = { ...bookOptions, leasesMax: 1_000, commitDelayMs: 1 }
  ledger.close()
  const large = open(owner, 2, { options })
  await assert.rejects(owner.time.settle(large.hold(many)), (error) => isCloudError(error, 'LEDGER_READ_ONLY'))
  owner.disk.fill(false)
  assert.equal(large.readOnly, true)
  for (const work of [() => large.hold([wish('c')]), () => large.release([lease.fence], lease.requester), () => large.setDraining(true)]) {
    await assert.rejects(owner.time.settle<unknown>(work()), (error) => isCloudError(error, 'LEDGER_READ_ONLY'))
  }
  assert.deepEqual([rows(owner), large.granted], [1, 1], 'nobody is told of what could not be written')
  const unsure = [...large.book.entries()].find(({ requester }) => requester === peer('b')) as BookEntry
  assert.deepEqual(codes(await large.renew([unsure.fence], unsure.requester, false)), ['LEDGER_READ_ONLY'])
  large.close()
  const again = open(owner, 3)
  assert.equal(again.readOnly, false)
  await owner.time.settle(again.hold([wish('c')]))
})

test('leases go on when the ledger is read-only, as long as it is known what is on disk of them', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const lease = await active(owner, ledger, 'a')
  ledger.close()
  assert.equal(ledger.readOnly, true)
  assert.deepEqual(codes(await ledger.renew([lease.fence], lease.requester, false)), ['lease'])
})

test('errors come by place, and do not keep others from their leases', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const a = await held(owner, ledger, 'a')
  const b = await held(owner, ledger, 'b')
  const unknown = { epoch: 1, seq: 99 }
  const confirming = ledger.confirm([unknown, a.fence, b.fence], peer('a'))
  assert.deepEqual(codes(await owner.time.settle(confirming)), ['LEASE_UNKNOWN', 'lease', 'LEASE_OF_ANOTHER'])
})

test('a lease that is released while it is confirmed is not answered as active', async () => {
  const owner = newOwner()
  const ledger = await opened(owner)
  const { fence, requester } = await held(owner, ledger, 'a')
  const both = Promise.all([ledger.confirm([fence], requester), ledger.release([fence], requester)])
  const [confirmed, released] = await owner.time.settle(both)
  assert.deepEqual([codes(confirmed), codes(released)], [['LEASE_UNKNOWN'], ['lease']])
})

test('what has ended is on disk no later than the hold that uses its capacity', async () => {
  const owner = newOwner()
  const ledger = await opened(owner, 1)
  await held(owner, ledger, 'a')
  await owner.time.advance(bookOptions.holdMs)
  assert.deepEqual(codes(ledger.expire()), ['lease'])
  await held(owner, ledger, 'b')
  assert.equal(rows(owner), 1)
})

test('a doubt is logged with its reason', () => {
  const reasons: unknown[] = []
  const log: Log = { ...silentLog, warn: (_message, fields) => void reasons.push(fields?.reason) }
  open(newOwner(), 3, { log })
  assert.deepEqual(reasons, ['there is none, though the owner is not new'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../../src/documents/lease.ts'
import type { Verified } from '../../src/documents/signed-document.ts'
import { UnitBook } from '../../src/requester/unit-book.ts'
import { cpu } from '../ledger/wishes.ts'
import { createWorld, options } from './owner-world.ts'

/** A lease as its requester keeps it; nobody forges here. */
const kept = (document: Lease): Verified<Lease> => ({ document, signed: [new Uint8Array(), new Uint8Array()] })

/** The book of one request in each of two processes with one key, as after a copy of the data directory; their words are of one peer. */
async function twoProcesses() {
  const world = createWorld()
  const owner = await world.start()
  const client = await world.client('a')
  const request = client.request({ count: 2 })
  const books = [1, 2].map(() => new UnitBook({ gang: false }, [{ state: 'wanted' }, { state: 'wanted' }]))

  /** Each takes what it is told of and confirms it. */
  async function confirmAll(): Promise<void> {
    for (const book of books) {
      for (const lease of client.granted) book.take(kept(lease), world.time.now)
      await ask(book)
    }
  }

  /** Asks what is due, and notes the answers. */
  async function ask(book: UnitBook): Promise<void> {
    const due = book.due(world.time.now)
    const sentMs = world.time.now
    for (const { document } of due) {
      const [answer] = await (document.state === 'held' ? client.confirm(document.fence) : client.renew(document.fence))
      if (typeof answer === 'object') book.activate(kept(answer), sentMs, world.time.now)
      else book.lose(document)
    }
  }

  return { world, owner, client, request, books: books as [UnitBook, UnitBook], confirmAll, ask }
}

test('anytime_two_processes_with_one_key_have_no_more_than_one_would: whoever asks, confirms or repeats', async () => {
  const { owner, client, request, books, confirmAll } = await twoProcesses()
  for (let times = 0; times < 2; times++) {
    await client.propose(request, [0, 1])
    await confirmAll()
  }
  assert.deepEqual(new Set(client.granted.map(({ fence }) => fence.seq)), new Set([1, 2]))
  assert.deepEqual([owner.capacity().active, owner.capacity().free], [2, cpu(0)])
  assert.ok(books.every(({ isGranted }) => isGranted))
})

test('what one of two processes gives back the other loses with its next renewal, and it takes nothing of what others got since', async () => {
  const { world, owner, client, request, books, confirmAll, ask } = await twoProcesses()
  await client.propose(request, [0, 1])
  await confirmAll()
  const [first, second] = books
  const [lease] = client.granted as [Lease]
  first.finish(lease)
  await client.release(lease.fence)
  const other = await world.client('b')
  await other.propose(other.request())
  await other.confirm(...other.granted.map(({ fence }) => fence))
  await world.time.advance(options.leaseMs / 3)
  await ask(second)
  assert.deepEqual(
    second.units.map(({ state }) => state),
    ['wanted', 'active']
  )
  assert.deepEqual([owner.capacity().active, owner.capacity().free], [2, cpu(0)])
})

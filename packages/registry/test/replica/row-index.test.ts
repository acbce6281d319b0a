import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { type Attributes, canonicalAttributes, compareSubjects, compileQuery, emptySchema, parseOrderBy } from '@cloudpeer/model'
import fc from 'fast-check'
import { isServed, type Owner, type Row } from '../../src/replica/row.ts'
import { RowIndex } from '../../src/replica/row-index.ts'

const owners: readonly Owner[] = [
  { peer: 'a' as PeerId, servedFrom: 1, rows: 0 },
  { peer: 'b' as PeerId, servedFrom: 2, rows: 0 },
  { peer: 'c' as PeerId, servedFrom: Number.POSITIVE_INFINITY, rows: 0 }
]
const none = new Uint8Array()

function row(name: string, owner: Owner, epoch: number, attributes: Attributes, deadlineMs = 100): Row {
  const record = { network: 'net', owner: owner.peer, name, epoch, seq: 1, ttlMs: 1, deleted: false, attributes, endpoints: [] }
  return { record, bytes: none, signature: none, owner, deadlineMs, supersedesUntilMs: 0 }
}

const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('x', 'xy', 'y'))
const attributes = fc
  .record({ p: fc.array(value, { minLength: 1, maxLength: 3 }), q: fc.array(value, { minLength: 1, maxLength: 2 }) }, { requiredKeys: [] })
  .map((plain) => canonicalAttributes(plain))
const rows = fc
  .uniqueArray(fc.record({ name: fc.integer({ min: 0, max: 99 }), owner: fc.nat(2), epoch: fc.integer({ min: 1, max: 2 }), attributes }), {
    selector: ({ name, owner }) => `${name}/${owner}`,
    maxLength: 60
  })
  .map((list) => list.map(({ name, owner, epoch, attributes }) => row(`n${name}`, owners[owner] as Owner, epoch, attributes)))
const expression = fc.constantFrom(
  'p > 4',
  'p > 2 && p < 4',
  'p == "x" || q in [1, 2, 3]',
  '!(p == 1)',
  'p != 1',
  'has(q)',
  'p.startsWith("x")',
  'name >= "n5" && name < "n7"',
  'name == "n3" || owner == "a" && q == "y"',
  'true',
  'false'
)

test('a selection equals a plain filter, sorted and cut, whichever way it is read', () => {
  fc.assert(
    fc.property(
      rows,
      expression,
      fc.constantFrom(undefined, 'p', 'q:desc'),
      fc.integer({ min: 1, max: 70 }),
      fc.option(fc.nat(60)),
      (list, text, by, limit, start) => {
        const index = new RowIndex()
        for (const one of list) index.add(one)
        const query = compileQuery(text, emptySchema)
        const compare = compareSubjects(by === undefined ? undefined : parseOrderBy(by, emptySchema))
        const after = start === null ? undefined : list[start]?.record
        const expected = list
          .filter((one) => isServed(one, 50) && query.matches(one.record) && (after === undefined || compare(one.record, after) > 0))
          .sort((a, b) => compare(a.record, b.record))
        const selected = index.select({ query, ...(by && { order: compare }), ...(after && { after }), limit, now: 50 })
        assert.deepEqual(
          selected.rows.map(({ record }) => record.name),
          expected.slice(0, limit).map(({ record }) => record.name)
        )
        assert.equal(selected.more, expected.length > limit)
      }
    ),
    { numRuns: 3000, seed: 1 }
  )
})

test('what was removed is not found any more', () => {
  fc.assert(
    fc.property(rows, fc.nat(100), (list, keep) => {
      const index = new RowIndex()
      for (const one of list) index.add(one)
      const removed = list.filter((_, place) => (place * 37) % 100 < keep)
      for (const one of removed) index.remove(one)
      const left = new Set(list.filter((one) => !removed.includes(one)))
      assert.equal(index.size, left.size)
      assert.deepEqual(new Set(index.from(undefined)), left)
      const having = index.select({ query: compileQuery('has(p)', emptySchema), limit: 1000, now: 50 })
      for (const one of having.rows) assert.ok(left.has(one))
    }),
    { numRuns: 500, seed: 1 }
  )
})

test('a selective constraint is read from its posting list, and a walk stops at its limit', () => {
  const index = new RowIndex()
  for (let i = 0; i < 1000; i++) index.add(row(`n${String(i).padStart(4, '0')}`, owners[0] as Owner, 1, { p: [i] }))
  const select = (text: string, limit: number) => index.select({ query: compileQuery(text, emptySchema), limit, now: 50 })
  assert.equal(select('p in [10, 11, 12, 13, 14]', 100).read, 5)
  assert.equal(select('p >= 0', 20).read, 21)
  assert.equal(select('name == "n0500"', 20).read, 1)
})

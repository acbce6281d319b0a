import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageAfter } from '../../src/daemon/page-after.ts'

const id = (item: string): string => item

test('pages of any size give each item once, and only the last has no next', () => {
  const items = ['e', 'b', 'd', 'a', 'c']
  for (let limit = 1; limit <= 6; limit++) {
    const all: string[] = []
    let pages = 0
    for (let after: string | undefined; pages === 0 || after !== undefined; pages++) {
      const page = pageAfter(items, id, { limit, after })
      all.push(...page.items)
      after = page.next
    }
    assert.deepEqual(all, items)
    assert.equal(pages, Math.ceil(items.length / limit))
  }
})

test('no items make one empty page', () => {
  assert.deepEqual(pageAfter([], id, { limit: 3 }), { items: [] })
})

test('a page behind what has gone is refused', () => {
  assert.throws(() => pageAfter(['a'], id, { limit: 1, after: 'b' }), { code: 'INVALID' })
})

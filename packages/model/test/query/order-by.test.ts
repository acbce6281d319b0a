import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalAttributes, compareSubjects, type PlainAttributes, parseOrderBy, parseSchema, type Subject } from '@cloudpeer/model'

const schema = parseSchema({ version: 1, attributes: { vcpus: { type: 'int' } } })

function subject(name: string, attributes: PlainAttributes = {}, owner = 'o'): Subject {
  return { name, owner, attributes: canonicalAttributes(attributes) }
}

function sorted(orderBy: string | undefined, subjects: readonly Subject[]): readonly string[] {
  const compare = compareSubjects(orderBy === undefined ? undefined : parseOrderBy(orderBy, schema))
  return [...subjects].sort(compare).map(({ name, owner }) => `${name}@${owner}`)
}

describe('parseOrderBy', () => {
  it('reads an attribute and a direction', () => {
    assert.deepEqual(parseOrderBy('vcpus', schema), { attribute: 'vcpus', descending: false })
    assert.deepEqual(parseOrderBy('vcpus:asc', schema), { attribute: 'vcpus', descending: false })
    assert.deepEqual(parseOrderBy('owner:desc', schema), { attribute: 'owner', descending: true })
  })

  it('refuses everything else', () => {
    for (const text of ['', ':desc', 'vcpus:', 'vcpus:down', 'vcpus:desc:asc', 'Other', 'constructor', 'a b']) {
      assert.throws(() => parseOrderBy(text, schema), { code: 'INVALID' }, text)
    }
    assert.throws(() => parseOrderBy('vcpu:desc', schema), { code: 'QUERY_UNKNOWN_ATTRIBUTE' })
  })
})

describe('compareSubjects', () => {
  const subjects = [
    subject('c', { vcpus: [1, 9] }),
    subject('b', { vcpus: 4 }),
    subject('d'),
    subject('a', { vcpus: 4 }),
    subject('a', { vcpus: 4 }, 'n')
  ]

  it('takes the smallest value upwards, the largest downwards, and puts services without any last', () => {
    assert.deepEqual(sorted('vcpus', subjects), ['c@o', 'a@n', 'a@o', 'b@o', 'd@o'])
    assert.deepEqual(sorted('vcpus:desc', [subject('e', { vcpus: 8 }), ...subjects]), ['c@o', 'e@o', 'a@n', 'a@o', 'b@o', 'd@o'])
  })

  it('goes by name and owner without an attribute', () => {
    assert.deepEqual(sorted(undefined, subjects), ['a@n', 'a@o', 'b@o', 'c@o', 'd@o'])
    assert.deepEqual(sorted('name:desc', [subject('B'), subject('a'), subject('é')]), ['é@o', 'a@o', 'B@o'])
  })

  it('orders mixed values numbers, strings, booleans', () => {
    const mixed = [subject('1', { x: true }), subject('2', { x: 'a' }), subject('3', { x: 7 }), subject('4', { x: false })]
    assert.deepEqual(sorted('x', mixed), ['3@o', '2@o', '4@o', '1@o'])
  })
})

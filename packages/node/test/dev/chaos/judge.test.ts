import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History } from '../../../src/dev/chaos/history.ts'
import { judge } from '../../../src/dev/chaos/judge.ts'

const query = { expression: 'vcpus >= 4', holds: ({ vcpus }: Readonly<Record<string, string | number>>) => Number(vcpus) >= 4 }

const service = (name: string, owner: string, vcpus = 4) => ({ name, owner, attributes: { vcpus }, endpoints: [] })
const published = [service('a', 'up'), service('b', 'down'), service('c', 'back'), service('d', 'up', 2)]

/** `down` ends at 0 s, `back` at 0 s too, and returns at 60 s. */
function history(): History {
  const noted = new History()
  for (const owner of ['up', 'down', 'back']) noted.note(owner, 'up', -100_000)
  noted.note('down', 'down', 0)
  noted.note('back', 'down', 0)
  noted.note('back', 'up', 60_000)
  return noted
}

/** The verdict on these owners' services in an answer, asked at one second and given at another. */
function verdict(names: string, fromS: number, untilS = fromS) {
  const matches = published.filter(({ name }) => names.includes(name))
  return judge({ query, matches, fromMs: fromS * 1000, untilMs: untilS * 1000 }, published, history())
}

const right = { missing: [], unexpected: [] }

test('before trouble an answer has all services, and no others', () => {
  assert.deepEqual(verdict('abc', -1), right)
  assert.deepEqual(verdict('ac', -1), { missing: ['b of down'], unexpected: [] })
  assert.deepEqual(verdict('abcd', -1), { missing: [], unexpected: ['d of up'] })
})

test('for 15 s the services of an owner that went may be there or not, and no longer', () => {
  for (const names of ['abc', 'ab', 'a']) assert.deepEqual(verdict(names, 14), right)
  assert.deepEqual(verdict('abc', 14, 30), right, 'it may have been found in the first second')
  assert.deepEqual(verdict('a', 16), right)
  assert.deepEqual(verdict('ab', 16), { missing: [], unexpected: ['b of down'] })
  assert.deepEqual(verdict('b', 16), { missing: ['a of up'], unexpected: ['b of down'] })
})

test('an answer that was under way when trouble began may have it either way', () => {
  assert.deepEqual(verdict('a', -1, 1), right)
})

test('an owner that came back has 15 s, and must be there from then on', () => {
  for (const names of ['a', 'ac']) assert.deepEqual(verdict(names, 61), right)
  for (const names of ['a', 'ac']) assert.deepEqual(verdict(names, 55, 61), right)
  assert.deepEqual(verdict('ac', 76), right)
  assert.deepEqual(verdict('a', 76), { missing: ['c of back'], unexpected: [] })
})

test('what was found twice, changed, or never published is told', () => {
  const [a] = published as [(typeof published)[0]]
  const told = (match: typeof a) => judge({ query, matches: [a, match], fromMs: 20_000, untilMs: 20_000 }, published, history()).unexpected
  assert.deepEqual(told(a), ['a of up'])
  assert.deepEqual(told(service('x', 'up')), ['x of up'])
  const changed = judge({ query, matches: [service('a', 'up', 5)], fromMs: 20_000, untilMs: 20_000 }, published, history())
  assert.deepEqual(changed, { missing: [], unexpected: ['a of up'] })
})

test('nothing is demanded of a node that is being started, or that nobody has heard of', () => {
  const noted = new History()
  noted.note('new', 'unsettled', 0)
  assert.deepEqual([noted.presence('new', 90_000, 90_000), noted.presence('strange', 0, 0)], ['either', 'either'])
  noted.note('new', 'up', 100_000)
  assert.deepEqual([noted.presence('new', 110_000, 111_000), noted.presence('new', 116_000, 117_000)], ['either', 'there'])
})

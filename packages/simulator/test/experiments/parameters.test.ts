import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Parameter, settingsFrom } from '../../src/experiments/parameters.ts'

const parameters: readonly Parameter[] = [
  { name: 'nodes', about: 'how many', default: 100, min: 1, max: 1000 },
  { name: 'share', about: 'how much', default: 0.5, min: 0, max: 1, whole: false },
  { name: 'schemes', about: 'which', default: ['a', 'b'], choices: ['a', 'b', 'c'] },
  { name: 'order', about: 'which way', default: ['up'], choices: ['up', 'down'], single: true },
  { name: 'from', about: 'where it is', default: '', path: true }
]

test('what is not given has its default; what is given, its value', () => {
  const settings = settingsFrom(parameters, new Map(Object.entries({ share: '0.25', schemes: 'c,a', from: '/a=b' })))
  assert.equal(settings.number('nodes'), 100)
  assert.equal(settings.number('share'), 0.25)
  assert.deepEqual(settings.words('schemes'), ['c', 'a'])
  assert.equal(settings.path('from'), '/a=b')
  assert.deepEqual(settings.texts, ['nodes=100', 'share=0.25', 'schemes=c,a', 'order=up', 'from=/a=b'])
  assert.deepEqual(settings.changed, ['share=0.25', 'schemes=c,a', 'from=/a=b'])
})

test('a path that is asked for and was not given is refused', () => {
  const settings = settingsFrom(parameters, new Map())
  assert.throws(() => settings.path('from'), { code: 'INVALID', fields: { field: 'from', problem: 'has to be given: --set from=PATH' } })
})

for (const [key, value, problem] of [
  ['node', '5', 'is no parameter of this experiment; there are nodes, share, schemes, order, from'],
  ['nodes', '0', 'must be a whole number from 1 to 1000, not "0"'],
  ['nodes', '5.5', 'must be a whole number from 1 to 1000, not "5.5"'],
  ['nodes', '', 'must be a whole number from 1 to 1000, not ""'],
  ['nodes', '1e2', 'must be a whole number from 1 to 1000, not "1e2"'],
  ['share', '2', 'must be a number from 0 to 1, not "2"'],
  ['schemes', 'a,d', '"d" is none of a, b, c'],
  ['schemes', '', '"" is none of a, b, c'],
  ['order', 'up,down', 'must be one of up, down']
] as const) {
  test(`${key}=${value} is refused by name`, () => {
    assert.throws(() => settingsFrom(parameters, new Map([[key, value]])), { code: 'INVALID', fields: { field: key, problem } })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPaint } from '../../src/output/paint.ts'
import { displayWidth, renderPairs, renderTable } from '../../src/output/table.ts'

const plain = createPaint(false)

test('numbers stand to the right, texts to the left, nothing after the last', () => {
  const rows = [
    ['a', '1', ''],
    ['longer', '1,000', 'x']
  ]
  assert.deepEqual(renderTable(['name', 'rows', 'note'], rows, plain).split('\n'), [
    'name     rows  note',
    'a           1',
    'longer  1,000  x'
  ])
})

test('a table without rows is its headings', () => {
  assert.equal(renderTable(['name', 'rows'], [], plain), 'name  rows')
})

test('columns keep together whatever characters and styles they hold', () => {
  assert.deepEqual(['abc', '日本', 'é', 'e\u0301', '…', '\u001b[1mbold\u001b[22m', '🚀', ''].map(displayWidth), [3, 4, 1, 1, 1, 4, 2, 0])
  const painted = createPaint(true)
  const rows = [
    [painted.good('ok'), 'x'],
    ['東京', 'y']
  ]
  const lines = renderTable(['a', 'b'], rows, plain).split('\n')
  assert.deepEqual(
    lines.map((line) => displayWidth(line)),
    [7, 7, 7]
  )
})

test('a hundred thousand rows are no trouble', () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => [`s-${i}`, String(i)])
  const lines = renderTable(['name', 'number'], rows, plain).split('\n')
  assert.deepEqual([lines.length, lines.at(-1)], [100_001, 's-99999   99999'])
})

test('pairs are a name and a value a line', () => {
  assert.equal(
    renderPairs(
      [
        ['name', 'web'],
        ['endpoints', '']
      ],
      plain
    ),
    'name       web\nendpoints'
  )
})

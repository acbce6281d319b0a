import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseCellsOf, holds } from '../../src/checkers/provisioning/capacity-space.ts'

test('a cell is made of cells of the grid, or a part of one', () => {
  assert.deepEqual(baseCellsOf('.'), ['.'])
  assert.deepEqual(baseCellsOf('0.2/1<0.8/0>0.25'), ['0.2'])
  assert.deepEqual(baseCellsOf('0.*'), ['0.0', '0.1', '0.2'])
  assert.equal(baseCellsOf('*.1.*').length, 9)
})

test('a cell holds the points of its parts, of a cut those on its side', () => {
  assert.ok(holds('.', []))
  assert.ok(holds('0.*', [0.3, 1]))
  assert.ok(!holds('0.*', [0.4, 1]))
  assert.ok(holds('2', [1]))
  assert.ok(holds('0.2/1<0.8', [0, 0.7]))
  assert.ok(!holds('0.2/1<0.8', [0, 0.8]))
  assert.ok(holds('0.2/1>0.8/0<0.25', [0.2, 0.8]))
})

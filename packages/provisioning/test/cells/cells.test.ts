import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { type Amounts, canonicalAttributes, compileQuery, parseSchema, type Schema } from '@cloudpeer/model'
import { type Cell, cellKey, formatCell } from '../../src/cells/cell.ts'
import {
  allBaseCells,
  baseCellOf,
  baseCellsBelow,
  cellsOfRequest,
  checkTree,
  compareTrees,
  createSpaces,
  parseCell,
  type SplitTree
} from '../../src/cells/index.ts'
import { createSpace } from '../../src/cells/space.ts'
import type { Cut } from '../../src/cells/split-tree.ts'

const schema = parseSchema({
  version: 1,
  attributes: { location: { type: 'string' }, speed: { type: 'double' } },
  dimensions: [
    { attribute: 'location', values: ['USA', 'Europe', 'Asia'] },
    { attribute: 'speed', min: 0, max: 3 },
    { attribute: 'cpu', min: 1000, max: 27000, scale: 'log' }
  ]
})
const space = createSpace(schema)
const nothing: Amounts = { cpuMilli: 0, memoryMib: 0, diskMib: 0, others: {} }

function withCut(tree: SplitTree, cut: Cut): SplitTree {
  return { cell: tree.cell, version: tree.version + 1, cuts: [...tree.cuts, cut] }
}

const isInvalidAt =
  (field: string) =>
  (error: unknown): boolean =>
    isCloudError(error, 'INVALID') && error.fields.field === field

function cellOf(plain: Parameters<typeof canonicalAttributes>[0], cpuMilli = 1): string {
  return baseCellOf(space, { attributes: canonicalAttributes(plain), total: { cpuMilli, memoryMib: 1, diskMib: 1, gpus: [], others: {} } })
}

function covered(expression: string, amounts: Partial<Amounts> = {}, gang = false, trees: readonly SplitTree[] = [], of: Schema = schema) {
  const known = new Map(trees.map((tree) => [tree.cell, tree]))
  return cellsOfRequest(createSpace(of), { query: compileQuery(expression, of), amounts: { ...nothing, ...amounts }, gang }, known)
}

describe('the base cell of an owner', () => {
  it('is told by the parts that its values are in', () => {
    assert.equal(cellOf({ location: 'Europe', speed: 1.5 }, 2500), '1.1.0')
    assert.equal(cellOf({ location: 'Asia', speed: 2 }, 9001), '2.2.2')
    assert.equal(cellOf({ location: 'USA', speed: 0.99 }, 4000), '0.0.1')
  })

  it('takes absent values as the least, numbers beyond the ends as the ends, and unknown texts as the last', () => {
    assert.equal(cellOf({}, 0), '0.0.0')
    assert.equal(cellOf({ location: 'Mars', speed: 99 }, 1_000_000), '2.2.2')
    assert.equal(cellOf({ speed: -1 }, 1), '0.0.0')
    assert.equal(baseCellOf(createSpace({ version: 0, attributes: {} }), { attributes: {}, total: { ...nothing, gpus: [] } }), '.')
  })

  it('is refused for several values of a dimension', () => {
    assert.throws(() => cellOf({ speed: [1, 2] }), isInvalidAt('attributes.speed'))
    assert.equal(cellOf({ os: ['linux', 'windows'] }), '0.0.0')
  })
})

describe('the cells of a request', () => {
  it('are those that its constraints and amounts can hold', () => {
    assert.deepEqual(covered('location == "Europe" && speed > 2', { cpuMilli: 9500 }), ['1.2.2'])
    assert.deepEqual(covered('location == "Europe" && speed > 1', { cpuMilli: 9500 }), ['1.1.2', '1.2.2'])
    assert.deepEqual(covered('location == "Mars" && speed < 1', { cpuMilli: 9500 }), ['2.0.2', '2.1.2'])
    assert.deepEqual(covered('location == "USA" && speed == 0.5 || location == "Asia" && speed == 2.5', { cpuMilli: 10000 }), [
      '0.0.2',
      '2.2.2'
    ])
  })

  it('take whole dimensions where they are too many, the widest first, of equal ones the last', () => {
    assert.deepEqual(covered('true'), ['0.0.*', '0.1.*', '0.2.*', '1.0.*', '1.1.*', '1.2.*', '2.0.*', '2.1.*', '2.2.*'])
    assert.deepEqual(covered('location != "USA"'), ['1.0.*', '1.1.*', '1.2.*', '2.0.*', '2.1.*', '2.2.*'])
    assert.deepEqual(covered('location == "USA"').length, 9)
  })

  it('are one for a gang, and none for what is never true', () => {
    assert.deepEqual(covered('location in ["USA", "Asia"]', {}, true), ['*.*.*'])
    assert.deepEqual(covered('location == "USA" && speed > 1', { cpuMilli: 9500 }, true), ['0.*.2'])
    assert.deepEqual(covered('false'), [])
    assert.deepEqual(covered('speed > 1', {}, false, [], { version: 0, attributes: {} }), ['.'])
  })

  it('are the parts of base cells that are split, for as long as they are not too many', () => {
    const once = withCut({ cell: '1.2.2', version: 0, cuts: [] }, ['', 1, 0.8])
    const twice = withCut(once, ['>', 1, 0.9])
    const [low, high] = ['1.2.2/1<0.8', '1.2.2/1>0.8']
    assert.deepEqual(covered('location == "Europe" && speed > 2', { cpuMilli: 9500 }, false, [once]), [low, high])
    assert.deepEqual(covered('location == "Europe" && speed > 2.8', { cpuMilli: 9500 }, false, [once]), [high])
    assert.deepEqual(covered('location == "Europe" && speed > 2', { cpuMilli: 9500 }, false, [twice]), [
      low,
      `${high}/1<0.9`,
      `${high}/1>0.9`
    ])
    assert.deepEqual(covered('location == "Europe" && speed > 2', { cpuMilli: 9500 }, true, [twice]), ['1.2.2'])
    const deep = Array.from({ length: 9 }, (_, index) => index).reduce(
      (tree, level) => withCut(tree, ['>'.repeat(level), 1, 0.7 + level / 100]),
      { cell: '1.2.2', version: 0, cuts: [] } as SplitTree
    )
    const cells = covered('location == "Europe"', { cpuMilli: 0 }, false, [deep])
    assert.ok(cells.length <= 16 && cells.includes('1.2.2/1<0.7'), cells.join(' '))
  })

  it('are parts of cells of whole dimensions, where those are split', () => {
    const tree: SplitTree = { cell: '2.0.*', version: 1, cuts: [['', 2, 0.5]] }
    const cells = covered('location != "Europe"', {}, false, [tree])
    assert.ok(cells.includes('2.0.*/2<0.5') && cells.includes('2.0.*/2>0.5') && cells.includes('2.1.*'), cells.join(' '))
  })
})

describe('texts of cells', () => {
  it('are read back', () => {
    for (const text of ['0.2.1', '0.*.1', '*.*.*', '2.2.2/0<0.5', '0.*.2/1>0.25/1<0.3/2>1e-7'])
      assert.equal(formatCell(parseCell(text, 3) as Cell), text)
    assert.deepEqual(parseCell('.', 0), { places: [], steps: [] })
    assert.deepEqual(parseCell('2.1/0<0.75', 2), { places: [2, 1], steps: [[0, '<', 0.75]] })
    for (const text of ['', '.', '0.1', '0.1.3', '0.1.2/', '0.1.2/2', '0.1.2/3<0.5', '0.1.2/1<0.50', '0.1.2/1=0.5', '0.1.2.0'])
      assert.equal(parseCell(text, 3), undefined, text)
    for (const text of ['0.1.2/1<.5', '0.1.2/1<5e-1', '0.1.2/1<e', `0.1.2${'/1<0.5'.repeat(13)}`, '0.1.2 '])
      assert.equal(parseCell(text, 3), undefined, text)
  })

  it('name the base cells below, and a key', () => {
    assert.deepEqual(baseCellsBelow(parseCell('0.*.1', 3) as Cell), ['0.0.1', '0.1.1', '0.2.1'])
    assert.deepEqual(baseCellsBelow(parseCell('0.1.1/1<0.5', 3) as Cell), ['0.1.1'])
    assert.deepEqual(baseCellsBelow(parseCell('0.*.1/1<0.5', 3) as Cell), ['0.0.1', '0.1.1'])
    assert.deepEqual(baseCellsBelow(parseCell('0.*.1/1<0.2/1>0.3', 3) as Cell), [])
    assert.deepEqual(baseCellsBelow(parseCell('.', 0) as Cell), ['.'])
    assert.equal(allBaseCells(6).length, 729)
    assert.equal(cellKey('n', '0.1'), 'cloudpeer/cell/n/0.1')
  })
})

describe('split trees', () => {
  const tree: SplitTree = { cell: '1.2', version: 1, cuts: [['', 1, 0.8]] }

  it('are refused where a cut cuts nothing', () => {
    assert.equal(checkTree(tree, 2), tree)
    const whole: SplitTree = { ...tree, cell: '1.*' }
    assert.equal(checkTree(whole, 2), whole)
    assert.throws(() => checkTree({ ...tree, cell: '1.2/0<0.5' }, 2), isInvalidAt('tree.cell'))
    assert.throws(() => checkTree({ ...tree, cuts: [['', 2, 0.8]] }, 2), isInvalidAt('tree.cuts[0]'))
    assert.throws(() => checkTree({ ...tree, cuts: [['', 1, 0.1]] }, 2), isInvalidAt('tree.cuts[0]'))
    assert.throws(() => checkTree(withCut(tree, ['', 1, 0.9]), 2), isInvalidAt('tree.cuts[1]'))
    assert.throws(() => checkTree(withCut(tree, ['>', 1, 0.8]), 2), isInvalidAt('tree.cuts[1]'))
    assert.throws(() => checkTree(withCut(tree, ['<>', 1, 0.7]), 2), isInvalidAt('tree.cuts[1]'))
  })

  it('are in one order everywhere', () => {
    const later = withCut(tree, ['>', 1, 0.9])
    const other: SplitTree = { ...tree, cuts: [['', 1, 0.7]] }
    assert.ok(compareTrees(later, tree) > 0 && compareTrees(tree, later) < 0)
    assert.ok(compareTrees(tree, other) * compareTrees(other, tree) < 0)
    assert.equal(compareTrees(tree, { ...tree }), 0)
  })
})

it('a space is made once for each schema', () => {
  let now = schema
  const spaces = createSpaces(() => now)
  const first = spaces()
  assert.equal(spaces(), first)
  now = { version: 2, attributes: {} }
  assert.deepEqual(spaces().axes, [])
})

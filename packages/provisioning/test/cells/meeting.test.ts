import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pick, type Random, seededRandom } from '@cloudpeer/core'
import { compileQuery } from '@cloudpeer/model'
import { boxHolds } from '../../src/cells/box.ts'
import { type Cell, formatCell } from '../../src/cells/cell.ts'
import { cellsOfRequest, checkTree, membershipOf, type Point, partsOf, pointOf, type Space, type SplitTree } from '../../src/cells/index.ts'
import { createSpace } from '../../src/cells/space.ts'
import { randomAmounts, randomExpression, randomOwner, randomSchema, randomTrees } from './random-space.ts'

const schemas = 100
const ownersEach = 100
const requestsEach = 100

it('anytime_a_request_and_an_offer_that_fit_meet_in_exactly_one_cell', () => {
  const random = seededRandom(1)
  const seen = { fitting: 0, pairs: 0, several: 0, split: 0, collapsed: 0, both: 0 }
  for (let round = 0; round < schemas; round++) {
    const schema = randomSchema(random)
    const space = createSpace(schema)
    const histories = randomHistories(random, space)
    const owners = Array.from({ length: ownersEach }, () => randomOwner(random)).map((owner) => ({
      ...owner,
      point: pointOf(space, owner)
    }))
    for (let index = 0; index < requestsEach; index++) {
      const query = compileQuery(randomExpression(random), schema)
      const amounts = randomAmounts(random)
      // Each requester knows the trees of another time.
      const trees = new Map(histories.map(([cell, history]) => [cell, pick(random, history)]))
      const cells = cellsOfRequest(space, { query, amounts, gang: index % 10 === 0 }, trees)
      assert.ok(cells.length <= (index % 10 === 0 ? 1 : 16), query.text)
      if (cells.length > 1) seen.several++
      if (cells.some((cell) => cell.includes('/'))) seen.split++
      if (cells.some((cell) => cell.includes('*'))) seen.collapsed++
      if (cells.some((cell) => cell.includes('*') && cell.includes('/'))) seen.both++
      const holds = cells.map((cell) => membershipOf(cell, space))
      for (const { attributes, total, point } of owners) {
        const met = holds.filter((holdsPoint) => holdsPoint(point)).length
        const fits =
          total.cpuMilli >= amounts.cpuMilli &&
          total.memoryMib >= amounts.memoryMib &&
          total.diskMib >= amounts.diskMib &&
          total.gpus.length >= (amounts.gpu?.count ?? 0) &&
          query.matches({ name: '', owner: '', attributes })
        if (fits ? met !== 1 : met > 1) assert.fail(`${query.text} at ${JSON.stringify({ attributes, total, cells, met })}`)
        seen.pairs++
        if (fits) seen.fitting++
      }
    }
  }
  assert.equal(seen.pairs, 1_000_000)
  assert.ok(Math.min(seen.fitting / 100, seen.several, seen.split, seen.collapsed, seen.both) > 300, JSON.stringify(seen))
})

it('anytime_an_offer_is_in_exactly_one_part_of_a_cell_that_is_not_cut', () => {
  const random = seededRandom(2)
  const seen = { offers: 0, splits: 0, merges: 0 }
  for (let round = 0; round < 120; round++) {
    const space = createSpace(randomSchema(random))
    const grid = randomGrid(random, space.axes.length)
    const trees = randomTrees(random, formatCell(grid), grid, 16)
    trees.forEach((tree, index) => {
      const before = trees[index - 1]?.cuts.length ?? 0
      if (tree.cuts.length > before) seen.splits++
      if (tree.cuts.length < before) seen.merges++
      checkTree(tree, space.axes.length)
      assert.equal(tree.version, index)
      for (let offer = 0; offer < 10; offer++) {
        seen.offers++
        requireOneLeaf(tree, grid, pointOf(space, randomOwner(random)))
      }
    })
  }
  assert.ok(Math.min(seen.offers / 20, seen.splits, seen.merges) > 200, JSON.stringify(seen))
})

/** The cells of the grid, or so many that most requests meet some, with what their trees have been. */
function randomHistories(random: Random, { axes }: Space): readonly (readonly [cell: string, history: readonly SplitTree[]])[] {
  const grids = Array.from({ length: 150 }, () => randomGrid(random, axes.length))
  return grids.map((grid) => [formatCell(grid), randomTrees(random, formatCell(grid), grid, random.integer(8))] as const)
}

function randomGrid(random: Random, dimensions: number): Cell {
  return { places: Array.from({ length: dimensions }, () => (random.next() < 0.4 ? '*' : random.integer(3))), steps: [] }
}

function requireOneLeaf(tree: SplitTree, grid: Cell, point: Point): void {
  const leaves = partsOf(tree, grid).filter(({ path }) => tree.cuts.every(([cut]) => cut !== path))
  assert.equal(leaves.length, tree.cuts.length + 1)
  const whole = partsOf(tree, grid)[0]?.box ?? []
  assert.equal(leaves.filter(({ box }) => boxHolds(box, point)).length, boxHolds(whole, point) ? 1 : 0)
}

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { seededRandom } from '@cloudpeer/core'
import { compileQuery } from '@cloudpeer/model'
import { allBaseCells } from '../../src/cells/cell.ts'
import { cellsOfRequest, checkTree, membershipOf, pointOf, type SplitTrees } from '../../src/cells/index.ts'
import { createSpace } from '../../src/cells/space.ts'
import { randomAmounts, randomExpression, randomOwner, randomSchema, randomTree } from './random-space.ts'

const schemas = 100
const ownersEach = 100
const requestsEach = 100

it('anytime_a_request_and_an_offer_that_fit_meet_in_exactly_one_cell', () => {
  const random = seededRandom(1)
  const seen = { fitting: 0, pairs: 0, several: 0, split: 0, collapsed: 0 }
  for (let round = 0; round < schemas; round++) {
    const schema = randomSchema(random)
    const space = createSpace(schema)
    const bases = allBaseCells(space.axes.length)
    const trees: SplitTrees = new Map(
      bases
        .filter(() => random.next() < 0.3)
        .map((cell) => [cell, checkTree(randomTree(random, cell, space.axes.length), space.axes.length)])
    )
    const owners = Array.from({ length: ownersEach }, () => randomOwner(random)).map((owner) => ({
      ...owner,
      point: pointOf(space, owner)
    }))
    for (let index = 0; index < requestsEach; index++) {
      const query = compileQuery(randomExpression(random), schema)
      const amounts = randomAmounts(random)
      const cells = cellsOfRequest(space, { query, amounts, gang: index % 10 === 0 }, trees)
      assert.ok(cells.length <= (index % 10 === 0 ? 1 : 16), query.text)
      if (cells.length > 1) seen.several++
      if (cells.some((cell) => cell.includes('/'))) seen.split++
      if (cells.some((cell) => cell.includes('*'))) seen.collapsed++
      const holds = cells.map((cell) => membershipOf(cell, space, trees))
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
  assert.ok(Math.min(seen.fitting / 100, seen.several, seen.split, seen.collapsed) > 300, JSON.stringify(seen))
})

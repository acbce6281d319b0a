import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSchema } from '@cloudpeer/model'
import type { SplitTree } from '../../src/cells/index.ts'
import { cellTopic, decodeCellMessage, encodeCellMessage } from '../../src/protocols/topic.ts'
import { createWorld, type World } from './matcher-world.ts'

const schema = parseSchema({
  version: 1,
  attributes: { location: { type: 'string' }, speed: { type: 'double' } },
  dimensions: [
    { attribute: 'location', values: ['USA', 'Europe', 'Asia'] },
    { attribute: 'speed', min: 0, max: 3 }
  ]
})
/** Speeds below 0.6 on one side, the others on the other. */
const split: SplitTree = { cell: '0.0', version: 1, cuts: [['', 1, 0.18]] }
const [low, high] = ['0.0/1<0.18', '0.0/1>0.18']

/** Two matchers, 0 and 1, and a third that does not run, in cells that four requests and eight offers are too many for; node 11 is who asks. */
async function crowdedWorld(cell = '0.0', expressions = ['speed < 0.4', 'speed < 0.5', 'speed > 0.7', 'speed > 0.8']): Promise<World> {
  const world = await createWorld({ size: 12, servers: 3, schema, options: { cellOffersMax: 4, cellRequestsMax: 3 } })
  for (const index of [0, 1]) world.startMatcher(index)
  for (const index of [0, 1]) await tell(world, index, expressions, cell)
  await world.time.advance(2_000)
  for (let owner = 2; owner < 10; owner++)
    for (const index of [0, 1]) await world.give(owner, index, world.offer(owner, 1_000, { plain: { speed: owner / 10 } }))
  return world
}

/** Submits a request for each expression; gives the trees that are answered. */
async function tell(world: World, matcher: number, expressions: readonly string[], cell: string): Promise<readonly SplitTree[]> {
  const requests = expressions.map((expression, index) => world.request(11, 9_000, { id: idOf(index), expression }))
  const reply = await world.submit(
    11,
    matcher,
    requests.map((request) => [request, { cells: [[cell, 0]] }])
  )
  assert.deepEqual(reply.refused, [])
  return reply.trees as readonly SplitTree[]
}

function treesAt(world: World, matcher: number, cell = '0.0'): Promise<readonly SplitTree[]> {
  return tell(world, matcher, ['speed < 0.4'], cell)
}

async function publish(world: World, from: number, tree: SplitTree): Promise<void> {
  await world.time.settle(
    world
      .node(from)
      .transport.publish(
        cellTopic(tree.cell),
        encodeCellMessage({ kind: 'tree', tree: { ...tree, cuts: tree.cuts.map((cut) => [...cut]) } })
      )
  )
  await world.time.advance(100)
}

const idOf = (index: number): string => index.toString(16).padStart(16, '0')

describe('a cell', () => {
  it('that is crowded is split, and all its matchers tell so', async () => {
    const world = await crowdedWorld()
    assert.deepEqual(await treesAt(world, 0), [])
    await world.time.advance(8_000)
    for (const index of [0, 1]) assert.deepEqual(await treesAt(world, index), [split])
  })

  it('of whole dimensions is split as well', async () => {
    const world = await crowdedWorld('*.0')
    await world.time.advance(8_000)
    assert.deepEqual(await treesAt(world, 1, '*.0'), [{ ...split, cell: '*.0' }])
  })

  it('is not split for requests that would be on both sides', async () => {
    const world = await crowdedWorld('0.0', ['true', 'speed < 0.5', 'speed > 0.2', 'speed < 0.9'])
    await world.time.advance(20_000)
    assert.deepEqual(await treesAt(world, 0), [])
  })

  it('is whole again when its parts have been nearly empty for a while', async () => {
    const world = await crowdedWorld()
    await world.time.advance(8_000)
    await world.submit(11, 0, [], [0, 1, 2, 3].map(idOf))
    await world.submit(11, 1, [], [0, 1, 2, 3].map(idOf))
    await world.time.advance(20_000)
    assert.equal((await treesAt(world, 0))[0]?.version, 1)
    await world.time.advance(30_000)
    for (const index of [0, 1]) assert.deepEqual(await treesAt(world, index), [{ cell: '0.0', version: 2, cuts: [] }])
    await world.time.advance(80_000)
    for (const index of [0, 1]) assert.deepEqual(await treesAt(world, index), [])
  })

  it('stays split while its parts have something, or their matchers do not tell', async () => {
    const world = await crowdedWorld()
    await world.time.advance(8_000)
    for (let round = 0; round < 4; round++) {
      for (const index of [0, 1]) {
        await tell(world, index, ['speed < 0.4', 'speed < 0.5'], low)
        await world.submit(11, index, [[world.request(11, 9_000, { id: idOf(7), expression: 'speed > 0.7' }), { cells: [[high, 0]] }]])
        await world.submit(11, index, [], [2, 3].map(idOf))
        for (let owner = 2; owner < 10; owner++)
          await world.give(owner, index, world.offer(owner, 1_000, { plain: { speed: owner / 10 }, seq: 2 + round }))
      }
      await world.time.advance(20_000)
    }
    assert.deepEqual(await treesAt(world, 0), [split])
  })
})

describe('a split tree', () => {
  it('is heard from matchers of its cell alone', async () => {
    const world = await crowdedWorld()
    await publish(world, 11, { cell: '0.0', version: 9, cuts: [['', 0, 0.1]] })
    assert.deepEqual(await treesAt(world, 0), [])
  })

  it('is the same everywhere whichever of two comes first: the later, or else that of the smaller text', async () => {
    const other: SplitTree = { cell: '0.0', version: 1, cuts: [['', 0, 0.1]] }
    const merged: SplitTree = { cell: '0.0', version: 2, cuts: [] }
    for (const [a, b, agreed] of [
      [split, other, other],
      [split, merged, merged]
    ] as const) {
      for (const told of [
        [a, b],
        [b, a]
      ]) {
        const world = await crowdedWorld('0.0', ['speed < 0.4'])
        for (const tree of told) await publish(world, 2, tree)
        for (const index of [0, 1]) assert.deepEqual(await treesAt(world, index), [agreed])
      }
    }
  })

  it('is told again and again, and reaches a matcher that comes later', async () => {
    const world = await crowdedWorld()
    const heard: SplitTree[] = []
    world.node(9).transport.subscribe(cellTopic('0.0'), {
      validate: () => 'accept',
      handle({ data }) {
        const message = decodeCellMessage(data)
        if (message.kind === 'tree') heard.push(message.tree as SplitTree)
      }
    })
    await world.time.advance(30_000)
    assert.ok(heard.length >= 4, `${heard.length} times`)
    world.startMatcher(2)
    await world.time.advance(8_000)
    assert.deepEqual(await treesAt(world, 2), [split])
  })
})

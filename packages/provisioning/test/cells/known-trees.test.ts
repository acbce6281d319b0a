import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { parseSchema } from '@cloudpeer/model'
import { createKnownTrees, type SplitTree } from '../../src/cells/index.ts'
import { createSpace } from '../../src/cells/space.ts'

const space = createSpace(parseSchema({ version: 1, attributes: {}, dimensions: [{ attribute: 'cpu', min: 0, max: 300 }] }))
const split: SplitTree = { cell: '1', version: 1, cuts: [['', 0, 0.5]] }
const merged: SplitTree = { cell: '1', version: 2, cuts: [] }

function createTrees() {
  const time = createVirtualTime()
  return { time, known: createKnownTrees({ clock: time.clock, space: () => space, ttlMs: 1_000 }) }
}

describe('known trees', () => {
  it('are the newest that were told, and none that cannot be', () => {
    const { known } = createTrees()
    assert.deepEqual([...known.learn([split, { ...split, cell: '7' }, { cell: '0', version: 3, cuts: [['', 0, 0.9]] }])], ['1'])
    assert.deepEqual([...known.learn([split])], [])
    assert.deepEqual([...known.learn([merged])], ['1'])
    assert.deepEqual([...known.learn([split])], [])
    assert.deepEqual([...known.trees.values()], [merged])
  })

  it('are forgotten when nobody tells of them any more: a later one that is lost stands in nobody’s way', async () => {
    const { time, known } = createTrees()
    known.learn([{ ...split, version: 99 }])
    await time.advance(900)
    known.learn([{ ...split, version: 99 }])
    await time.advance(900)
    known.sweep()
    assert.equal(known.trees.size, 1)
    await time.advance(200)
    known.sweep()
    assert.equal(known.trees.size, 0)
    assert.deepEqual([...known.learn([split])], ['1'])
  })

  it('of whole cells are forgotten though they are told again', async () => {
    const { time, known } = createTrees()
    known.learn([merged])
    await time.advance(900)
    known.learn([merged])
    await time.advance(200)
    known.sweep()
    assert.equal(known.trees.size, 0)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PeerId } from '@cloudpeer/core'
import { type CellMatchers, createCellMatchers } from '../../src/cells/index.ts'

/** Matchers over a directory of nodes a to g in this order for every key, which counts how often it is asked. */
function directory(): { servers: PeerId[]; serversVersion: number; asked: string[]; matchers: CellMatchers } {
  const world = { servers: [...'abcdefg'] as PeerId[], serversVersion: 0, asked: [] as string[] }
  const overlay = {
    get serversVersion() {
      return world.serversVersion
    },
    responsible(key: string, k: number) {
      world.asked.push(key)
      return world.servers.slice(0, k)
    }
  }
  return Object.assign(world, { matchers: createCellMatchers('net', overlay, 3) })
}

describe('the matchers of a cell', () => {
  it('are the first of the nodes that are responsible for it; two more may serve it', () => {
    const { matchers } = directory()
    assert.deepEqual(matchers.of('0.1'), ['a', 'b', 'c'])
    assert.deepEqual(
      [...'abcdefg'].filter((peer) => matchers.mayMatch('0.1', peer as PeerId)),
      ['a', 'b', 'c', 'd', 'e']
    )
  })

  it('are asked for once, until the servers have changed', () => {
    const world = directory()
    const { matchers, asked } = world
    for (const cell of ['0', '1', '0', '1']) matchers.of(cell)
    matchers.mayMatch('1', 'g' as PeerId)
    assert.deepEqual(asked, ['cloudpeer/cell/net/0', 'cloudpeer/cell/net/1'])
    world.servers.shift()
    world.serversVersion++
    assert.deepEqual(matchers.of('0'), ['b', 'c', 'd'])
    assert.deepEqual(matchers.of('0'), ['b', 'c', 'd'])
    assert.equal(asked.length, 3)
  })

  it('are not remembered of more cells than there may be', () => {
    const { matchers, asked } = directory()
    const cells = Array.from({ length: 8_192 }, (_, index) => `${index}`)
    for (const cell of [...cells, ...cells]) matchers.of(cell)
    assert.equal(asked.length, cells.length)
    matchers.of('one more')
    matchers.of('0')
    assert.equal(asked.length, cells.length + 2)
  })
})

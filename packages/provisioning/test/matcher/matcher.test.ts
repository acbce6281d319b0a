import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCloudError } from '@cloudpeer/core'
import { parseCapacity, parseSchema } from '@cloudpeer/model'
import { provisioningDefaults } from '../../src/options.ts'
import { censusProtocol, offersProtocol } from '../../src/protocols/match.ts'
import { cellTopic, encodeCellMessage } from '../../src/protocols/topic.ts'
import { createWorld, shortCensus, type World } from './matcher-world.ts'

const placed = parseSchema({
  version: 1,
  attributes: { location: { type: 'string' }, speed: { type: 'double' } },
  dimensions: [
    { attribute: 'location', values: ['USA', 'Europe', 'Asia'] },
    { attribute: 'speed', min: 0, max: 3 }
  ]
})
const idOf = (index: number): string => index.toString(16).padStart(16, '0')

/** One matcher, 0; an owner, 1; a requester, 2. */
async function smallWorld(more: Partial<Parameters<typeof createWorld>[0]> = {}): Promise<World> {
  const world = await createWorld({ size: 4, servers: 1, ...more })
  world.startMatcher(0)
  return world
}

describe('a matcher', () => {
  it('proposes a request to an owner that fits, whichever of the two comes first', async () => {
    for (const offerFirst of [true, false]) {
      const world = await smallWorld()
      const offer = (): Promise<unknown> => world.give(1, 0, world.offer(1, 2_000))
      const submit = (): Promise<unknown> => world.submit(2, 0, [[world.request(2, 1_000, { count: 2 }), { wanted: [0, 1], waitedMs: 70 }]])
      await (offerFirst ? offer() : submit())
      await (offerFirst ? submit() : offer())
      await world.time.advance(20)
      const [body, second] = world.node(1).proposed
      assert.deepEqual(body?.units, [0, 1])
      assert.ok((body?.waitedMs ?? 0) >= 70)
      assert.equal(second, undefined)
    }
  })

  it('proposes to an owner that it hears of before it is there, once it is', async () => {
    const world = await smallWorld()
    world.setState(1, 'AWAY')
    await world.give(1, 0, world.offer(1, 2_000))
    await world.submit(2, 0, [[world.request(2, 1_000)]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 0)
    world.setState(1, 'ALIVE')
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('proposes to an owner that has started again once that offers, though it offers what it did before', async () => {
    const world = await smallWorld()
    await world.give(1, 0, world.offer(1, 2_000))
    world.setState(1, 'ALIVE', 2)
    await world.submit(2, 0, [[world.request(2, 1_000)]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 0)
    await world.give(1, 0, world.offer(1, 2_000, { epoch: 2 }))
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('hears offers by the topic of their cell', async () => {
    const world = await smallWorld()
    await world.submit(2, 0, [[world.request(2, 1_000)]])
    await world.give(1, 0, world.offer(1, 500, { seq: 1 }))
    await world.time.advance(3_000)
    const offer = world.node(1).documents.offers.seal(world.offer(1, 1_000, { seq: 2 })).signed
    const { recipients } = await world.time.settle(
      world.node(1).transport.publish(cellTopic('.'), encodeCellMessage({ kind: 'offer', offer }))
    )
    await world.time.advance(50)
    assert.ok(recipients > 0)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('leaves a silent owner for another, and matches nothing that was withdrawn', async () => {
    const world = await smallWorld()
    world.node(1).answer = () => new Promise(() => undefined)
    await world.give(1, 0, world.offer(1, 1_000))
    await world.submit(2, 0, [[world.request(2, 1_000)]])
    await world.give(3, 0, world.offer(3, 1_000))
    await world.time.advance(3_000)
    assert.deepEqual(
      [1, 3].map((index) => world.node(index).proposed.length),
      [1, 1]
    )
    await world.submit(2, 0, [], [idOf(0), '0123456789abcdef'])
    assert.equal(world.node(0).matcher?.status().waiting, 0)
  })

  it('refuses what comes after a later message of the same requester', async () => {
    const world = await smallWorld()
    const submit = (from: number, seq: number): Promise<unknown> => world.submit(from, 0, [[world.request(from, 1_000)]], [], seq)
    await submit(2, 1)
    await world.submit(2, 0, [], ['0123456789abcdef'], 2)
    await assert.rejects(submit(2, 1), (error) => isCloudError(error, 'OVERTAKEN'))
    assert.equal(world.node(0).matcher?.status().waiting, 0)
    await submit(3, 1)
    assert.equal(world.node(0).matcher?.status().waiting, 1)
  })

  it('counts no owner that is away, and goes on when it is back', async () => {
    const world = await smallWorld()
    await world.give(1, 0, world.offer(1, 1_000))
    world.setState(1, 'AWAY')
    await world.submit(2, 0, [[world.request(2, 1_000)]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 0)
    world.setState(1, 'ALIVE')
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('forgets offers and requests that it does not hear of', async () => {
    const world = await smallWorld()
    await world.give(1, 0, world.offer(1, 1_000, { ttlMs: 1_000 }))
    await world.submit(2, 0, [[world.request(2, 2_000, { ttlMs: 2_000 })]])
    await world.time.advance(1_100)
    await world.submit(3, 0, [[world.request(3, 1_000)]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 0)
    await world.time.advance(12_000)
    assert.deepEqual(world.node(0).matcher?.status(), { cells: 1, offers: 0, waiting: 1 })
    await world.give(1, 0, world.offer(1, 4_000, { seq: 2 }))
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('leaves the first word to the matcher of the first cell', async () => {
    const world = await smallWorld()
    await world.give(1, 0, world.offer(1, 1_000))
    await world.submit(2, 0, [[world.request(2, 1_000), { cells: [['.', 2]] }]])
    await world.time.advance(250)
    assert.equal(world.node(1).proposed.length, 0)
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })
})

describe('what is refused', () => {
  it('is named by its place and code; the rest is taken', async () => {
    const world = await smallWorld({ options: { waitingPerRequesterMax: 2 } })
    const good = (index: number): ReturnType<World['request']> => world.request(2, 1_000, { id: idOf(index) })
    const forged = world.node(3).documents.requests.seal(world.request(3, 1)).signed
    const { refused } = await world.submit(2, 0, [
      [good(0)],
      [good(1), { request: forged }],
      [{ ...good(2), network: 'other' }],
      [good(3), { cells: [['0.1', 0]] }],
      [good(4), { cells: [['nowhere', 0]] }],
      [{ ...good(5), expression: 'cores >' }],
      [good(6), { wanted: [1] }],
      [good(7)],
      [good(8)]
    ])
    assert.deepEqual(
      refused.map(({ index, code }) => `${index} ${code}`),
      [
        '1 DOCUMENT_FORGED',
        '2 DOCUMENT_OF_ANOTHER_NETWORK',
        '3 NOT_MATCHER',
        '4 NOT_MATCHER',
        '5 QUERY_SYNTAX',
        '6 INVALID',
        '8 QUEUE_FULL'
      ]
    )
    assert.equal(world.node(0).matcher?.status().waiting, 2)
    assert.deepEqual((await world.submit(2, 0, [[good(0)], [good(7)]])).refused, [])
  })

  it('is what a full cell has no room for', async () => {
    const world = await smallWorld({ options: { waitingMax: 1 } })
    assert.deepEqual((await world.submit(2, 0, [[world.request(2, 1)]])).refused, [])
    assert.deepEqual((await world.submit(3, 0, [[world.request(3, 1)]])).refused, [{ index: 0, code: 'QUEUE_FULL' }])
    await world.submit(2, 0, [], ['0123456789abcdef'])
    assert.deepEqual((await world.submit(3, 0, [[world.request(3, 1)]])).refused, [])
  })

  it('is an offer of another, with several values of a dimension, or beyond the bound', async () => {
    const world = await smallWorld({ schema: placed, options: { offersMax: 1 } })
    const refusal = (offer: ReturnType<World['offer']>, code: string): Promise<void> =>
      assert.rejects(world.give(1, 0, offer), (error) => isCloudError(error, code))
    await refusal(world.offer(3, 1_000), 'DOCUMENT_FORGED')
    await refusal(world.offer(1, 1_000, { network: 'other' }), 'DOCUMENT_OF_ANOTHER_NETWORK')
    await refusal(world.offer(1, 1_000, { plain: { speed: [1, 2] } }), 'INVALID')
    await world.give(3, 0, world.offer(3, 1_000))
    await refusal(world.offer(1, 1_000), 'OVERLOADED')
    assert.equal(world.node(0).matcher?.status().offers, 1)
  })

  it('is a question about cells of others', async () => {
    const world = await createWorld({ size: 5, servers: 3, options: { matchers: 0 } })
    world.startMatcher(2)
    const request = world.node(4).documents.requests.seal(world.request(4, 1)).signed
    const asked = world.node(4).transport.request(world.node(2).peer, censusProtocol, { request, cells: ['.'] })
    await assert.rejects(world.time.settle(asked), (error) => isCloudError(error, 'NOT_MATCHER'))
    assert.deepEqual((await world.submit(4, 2, [[world.request(4, 1)]])).refused, [{ index: 0, code: 'NOT_MATCHER' }])
  })
})

describe('several matchers of a cell', () => {
  it('keep the same, and the first that is there proposes', async () => {
    const world = await createWorld({ size: 4, servers: 2 })
    for (const index of [0, 1]) {
      world.startMatcher(index)
      await world.submit(3, index, [[world.request(3, 1_000)]])
    }
    // By now nobody asks another matcher any more.
    await world.time.advance(15_000)
    await world.give(2, 1, world.offer(2, 1_000))
    await world.time.advance(1_000)
    assert.equal(world.node(2).proposed.length, 0)
    world.setState(0, 'AWAY')
    await world.time.advance(50)
    assert.equal(world.node(2).proposed.length, 1)
  })

  it('take over what the others know, page by page', async () => {
    const world = await createWorld({ size: 4, servers: 2 })
    world.startMatcher(0)
    await world.give(2, 0, world.offer(2, 1_000))
    await world.give(3, 0, world.offer(3, 1_000))
    await world.time.advance(30_000)
    world.startMatcher(1)
    await world.time.advance(100)
    assert.equal(world.node(1).matcher?.status().offers, 2)
    await world.time.advance(36_000)
    assert.equal(world.node(1).matcher?.status().offers, 0)
  })

  it('take over what they have missed once they hear that others went on without them', async () => {
    const world = await createWorld({ size: 3, servers: 2 })
    for (const index of [0, 1]) world.startMatcher(index)
    await world.time.advance(15_000)
    await world.give(2, 0, world.offer(2, 1_000))
    await world.time.advance(1_000)
    assert.equal(world.node(1).matcher?.status().offers, 0)
    world.returned(1)
    await world.time.advance(100)
    assert.equal(world.node(1).matcher?.status().offers, 1)
  })

  it('tell an owner what they heard of it last', async () => {
    const world = await smallWorld()
    const offer = world.offer(1, 1_000, { seq: 7, state: 'closed' })
    await world.give(1, 0, offer)
    await world.give(2, 0, world.offer(2, 1_000))
    world.setState(1, 'AWAY')
    const { peer, transport, documents } = world.node(1)
    const ask = () => world.time.settle(transport.request(world.node(0).peer, offersProtocol, { cells: ['.'], owner: peer }))
    const { offers, keptMs } = await ask()
    assert.deepEqual(
      offers.map((signed) => documents.offers.open(signed).document.seq),
      [7]
    )
    await world.time.advance(1_000)
    assert.ok(keptMs < 1_000 && (await ask()).keptMs >= 1_000)
  })

  it('tell an owner of what it had granted, though it has offered since without knowing of that', async () => {
    const world = await smallWorld()
    const { peer, transport, documents } = world.node(1)
    const ask = async () => {
      const asked = { cells: ['.'], owner: peer }
      const { offers } = await world.time.settle(transport.request(world.node(0).peer, offersProtocol, asked))
      return offers.map((signed) => documents.offers.open(signed).document.granted)
    }
    for (const [epoch, granted] of [
      [1, 5],
      [2, 3],
      [2, 4]
    ] as const)
      await world.give(1, 0, world.offer(1, 1_000, { epoch, seq: granted, granted }))
    assert.deepEqual(await ask(), [4, 5])
    await world.give(1, 0, world.offer(1, 1_000, { epoch: 2, seq: 6, granted: 6 }))
    assert.deepEqual(await ask(), [6, 5])
    await world.time.advance(provisioningDefaults.offerTtlMs - 1_000)
    await world.give(1, 0, world.offer(1, 1_000, { epoch: 2, seq: 7, granted: 6 }))
    await world.time.advance(1_000)
    assert.deepEqual(await ask(), [6])
  })
})

describe('cells', () => {
  it('keep offers and requests apart that cannot meet, and a request in whole dimensions meets all', async () => {
    const world = await smallWorld({ schema: placed })
    await world.give(1, 0, world.offer(1, 1_000, { plain: { location: 'Asia', speed: 2.5 } }))
    await world.submit(2, 0, [[world.request(2, 1_000), { cells: [['0.2', 0]] }]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 0)
    await world.submit(3, 0, [[world.request(3, 1_000, { gang: true }), { cells: [['*.2', 0]] }]])
    await world.time.advance(100)
    assert.equal(world.node(1).proposed.length, 1)
  })

  it('lose the offer of an owner that moves to another', async () => {
    const world = await createWorld({ size: 4, servers: 1, schema: placed, options: { matchers: 1 } })
    world.startMatcher(0)
    const census = async (cell: string): Promise<number> => {
      const request = world.node(2).documents.requests.seal(world.request(2, 1)).signed
      const asked = world.node(2).transport.request(world.node(0).peer, censusProtocol, { request, cells: [cell] })
      return (await world.time.settle(asked)).owners
    }
    await world.give(1, 0, world.offer(1, 1_000, { plain: { location: 'Asia' } }))
    assert.deepEqual([await census('2.0'), await census('0.0')], [1, 0])
    await world.give(1, 0, world.offer(1, 1_000, { seq: 2, plain: { location: 'USA' } }))
    assert.deepEqual([await census('2.0'), await census('0.0')], [0, 1])
  })
})

it('a census counts owners by each term and each amount', async () => {
  const world = await createWorld({ size: 6, servers: 1, schema: placed, options: { matchers: 1 } })
  world.startMatcher(0)
  const owners = [
    { index: 1, cpu: 4_000, free: 1_000, plain: { location: 'Europe', speed: 0.5 } },
    { index: 2, cpu: 4_000, free: 4_000, plain: { location: 'Europe', speed: 0.1 } },
    { index: 3, cpu: 1_000, free: 1_000, plain: { location: 'Europe', speed: 0.5 } },
    { index: 4, cpu: 4_000, free: 4_000, plain: { location: 'Asia', speed: 0.5 } }
  ]
  for (const { index, cpu, free, plain } of owners) {
    await world.give(index, 0, world.offer(index, cpu, { plain, free: parseCapacity({ cpuMilli: free }) }))
  }
  const request = world.request(5, 2_000, { expression: 'location == "Europe" && speed > 0.3' })
  const body = { request: world.node(5).documents.requests.seal(request).signed, cells: ['1.0', '2.0'] }
  const reply = await world.time.settle(world.node(5).transport.request(world.node(0).peer, censusProtocol, body))
  assert.deepEqual(shortCensus(reply), [
    4,
    2,
    1,
    0,
    [
      [3, 1],
      [3, 1],
      [3, 2]
    ]
  ])
})

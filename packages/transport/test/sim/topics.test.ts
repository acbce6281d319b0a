import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Transport, Verdict } from '@cloudpeer/transport'
import { createSmallNetwork, type SmallNetwork } from './small-network.ts'

function follow(transport: Transport, verdict: Verdict = 'accept'): string[] {
  const heard: string[] = []
  transport.subscribe('news', {
    validate: () => verdict,
    handle: ({ data, from }) => heard.push(`${new TextDecoder().decode(data)} by ${from}`)
  })
  return heard
}

type Four = [Transport, Transport, Transport, Transport]

/** Four nodes of which each knows only its neighbours. */
async function line({ start, connect }: SmallNetwork): Promise<Four> {
  const nodes: Transport[] = []
  for (let number = 0; number < 4; number++) {
    const node = await start(number)
    const last = nodes.at(-1)
    if (last) await connect(node, last)
    nodes.push(node)
  }
  return nodes as Four
}

const news = new TextEncoder().encode('news')

test('a message travels on through subscribers, one delay a hop, and names its publisher', async () => {
  const small = createSmallNetwork()
  const nodes = await line(small)
  const heard = nodes.map((node) => follow(node))
  await nodes[0].publish('news', news)
  const expected = `news by ${nodes[0].self}`
  await small.time.advance(25)
  assert.deepEqual(heard, [[], [expected], [expected], []])
  await small.time.advance(10)
  assert.deepEqual(heard, [[], [expected], [expected], [expected]])
})

for (const verdict of ['ignore', 'reject'] as const) {
  test(`a message on which the verdict is ${verdict} is neither handled nor passed on`, async () => {
    const small = createSmallNetwork()
    const nodes = await line(small)
    const heard = [follow(nodes[1], verdict), follow(nodes[2])]
    await nodes[0].publish('news', news)
    await small.time.advance(5000)
    assert.deepEqual(heard, [[], []])
  })
}

test('who does not subscribe passes nothing on', async () => {
  const small = createSmallNetwork()
  const nodes = await line(small)
  const heard = follow(nodes[2])
  assert.deepEqual(await nodes[0].publish('news', news), { recipients: 0 })
  await small.time.advance(5000)
  assert.deepEqual(heard, [])
})

test('finally_every_subscriber_hears_once_in_a_mesh_of_thirty', async () => {
  const small = createSmallNetwork()
  const nodes = (await small.mesh(30)) as Four
  const heard = nodes.map((node) => follow(node))
  const before = small.network.deliveries
  assert.deepEqual(await nodes[0].publish('news', news), { recipients: 29 })
  await small.time.advance(5000)
  assert.deepEqual(
    heard.map(({ length }) => length),
    [0, ...Array(29).fill(1)]
  )
  const messages = small.network.deliveries - before
  assert.ok(messages <= 30 * 3, `${messages} messages for 29 subscribers`)
})

test('eventually_a_subscriber_hears_though_its_mesh_is_lost', async () => {
  const small = createSmallNetwork()
  const nodes = await line(small)
  const heard = follow(nodes[3])
  follow(nodes[1])
  follow(nodes[2])
  small.network.partition([nodes[2].self], [nodes[3].self])
  await nodes[0].publish('news', news)
  await small.time.advance(3000)
  assert.equal(heard.length, 0)
  small.network.heal()
  await small.time.advance(3000)
  assert.equal(heard.length, 1)
})

test('a listener that fails is logged, and the message travels on', async () => {
  const logged: string[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (message: string) => void logged.push(message), child: () => log }
  const small = createSmallNetwork({}, log)
  const nodes = await line(small)
  nodes[1].subscribe('news', {
    validate: () => 'accept',
    handle() {
      throw new Error('a handler failed')
    }
  })
  const heard = follow(nodes[2])
  await nodes[0].publish('news', news)
  await small.time.advance(100)
  assert.deepEqual([heard.length, logged.length], [1, 1])
})

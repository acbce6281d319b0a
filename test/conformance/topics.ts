import { strict as assert } from 'node:assert'
import { type Subscription, topicMessageBytesMax, type Verdict } from '@cloudpeer/transport'
import { type ConformanceNetwork, type ConformanceNode, connectedNodes, failureOf, type Scenario, until } from './network.ts'

const topic = 'test'

/** Publishing to the subscribers of a topic. */
export function topicConformance(scenario: Scenario): void {
  scenario('a message reaches every subscriber once, and not its publisher', async (network) => {
    const nodes = await connectedNodes(network, 4)
    const heard = nodes.map((node) => follow(node).heard)
    const [first] = nodes as [ConformanceNode]
    await subscribersSeen(network, first, 3)
    for (const text of ['one', 'two', 'three']) await publish(network, first, text)
    await until(network, () => heard.slice(1).every((list) => list.length >= 3))
    await network.wait(300)
    const expected = ['one', 'three', 'two'].map((text) => `${text} by ${first.transport.self}`)
    assert.deepEqual(
      heard.map((list) => [...list].sort()),
      [[], expected, expected, expected]
    )
  })

  scenario('one that does not subscribe may publish, and hears nothing', async (network) => {
    const nodes = await connectedNodes(network, 3)
    const [publisher, ...others] = nodes as [ConformanceNode, ...ConformanceNode[]]
    const heard = others.map((node) => follow(node).heard)
    await subscribersSeen(network, publisher, 2)
    await publish(network, publisher, 'from outside')
    await until(network, () => heard.every((list) => list.length === 1))
  })

  scenario('a topic without subscribers has no recipients', async (network) => {
    const [a] = (await connectedNodes(network, 2)) as [ConformanceNode]
    assert.equal(await publish(network, a, 'nobody'), 0)
  })

  scenario('a message that is not accepted is not handled', async (network) => {
    const [a, b] = (await connectedNodes(network, 2)) as [ConformanceNode, ConformanceNode]
    const { heard, judged } = follow(b, (text) => text as Verdict)
    await subscribersSeen(network, a, 1)
    for (const text of ['ignore', 'reject', 'accept']) await publish(network, a, text)
    await until(network, () => judged.length === 3)
    assert.deepEqual(heard, [`accept by ${a.transport.self}`])
  })

  scenario('a listener that throws harms nobody', async (network) => {
    const [a, b] = (await connectedNodes(network, 2)) as [ConformanceNode, ConformanceNode]
    const { heard } = follow(b, (text) => {
      if (text === 'throw') throw new Error('a validator failed')
      return 'accept'
    })
    await subscribersSeen(network, a, 1)
    for (const text of ['throw', 'fine']) await publish(network, a, text)
    await until(network, () => heard.length > 0)
    assert.deepEqual(heard, [`fine by ${a.transport.self}`])
  })

  scenario('a message may have just the largest size', async (network) => {
    const [a, b] = (await connectedNodes(network, 2)) as [ConformanceNode, ConformanceNode]
    const sizes: number[] = []
    b.transport.subscribe(topic, { validate: () => 'accept', handle: ({ data }) => void (isProbe(data) || sizes.push(data.length)) })
    await subscribersSeen(network, a, 1)
    const error = await failureOf(network, a.transport.publish(topic, new Uint8Array(topicMessageBytesMax + 1)))
    assert.equal(error.code, 'TOO_LARGE')
    assert.deepEqual([error.fields.bytes, error.fields.max], [topicMessageBytesMax + 1, topicMessageBytesMax])
    await network.run(a.transport.publish(topic, new Uint8Array(topicMessageBytesMax)))
    await until(network, () => sizes.length > 0)
    assert.deepEqual(sizes, [topicMessageBytesMax])
  })

  scenario('an ended subscription hears nothing, a new one does', async (network) => {
    const [a, b] = (await connectedNodes(network, 2)) as [ConformanceNode, ConformanceNode]
    const { heard, subscription } = follow(b)
    await subscribersSeen(network, a, 1)
    subscription.close()
    await subscribersSeen(network, a, 0)
    await network.wait(200)
    assert.deepEqual(heard, [])
    const again = follow(b).heard
    await subscribersSeen(network, a, 1)
    await publish(network, a, 'again')
    await until(network, () => again.length > 0)
    assert.deepEqual(again, [`again by ${a.transport.self}`])
    assert.deepEqual(heard, [])
  })
}

function follow(
  { transport }: ConformanceNode,
  judge: (text: string) => Verdict = () => 'accept'
): { heard: string[]; judged: string[]; subscription: Subscription } {
  const heard: string[] = []
  const judged: string[] = []
  const subscription = transport.subscribe(topic, {
    validate({ data }) {
      if (isProbe(data)) return 'ignore'
      judged.push(textOf(data))
      return judge(textOf(data))
    },
    handle: ({ data, from }) => heard.push(`${textOf(data)} by ${from}`)
  })
  return { heard, judged, subscription }
}

/** Waits until a publisher reaches `count` subscribers directly, by messages that nobody takes up. */
async function subscribersSeen(network: ConformanceNetwork, node: ConformanceNode, count: number): Promise<void> {
  await until(network, async () => (await node.transport.publish(topic, bytesOf('probe'))).recipients === count)
}

async function publish(network: ConformanceNetwork, { transport }: ConformanceNode, text: string): Promise<number> {
  return (await network.run(transport.publish(topic, bytesOf(text)))).recipients
}

function isProbe(data: Uint8Array): boolean {
  return textOf(data) === 'probe'
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data)
}

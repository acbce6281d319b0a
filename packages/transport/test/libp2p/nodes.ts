import type { TestContext } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type Clock, createMemoryMetrics, type MemoryMetrics, type PeerId, silentLog } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { defineProtocol, type Lane, type Transport } from '@cloudpeer/transport'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'
import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { Type } from 'typebox'

/** A transport of a test, and what it counted. */
export interface TestNode {
  readonly transport: Transport
  readonly metrics: MemoryMetrics
  readonly address: string
  readonly self: PeerId
}

/** Starts a node on a free port of this machine, which stops with the test. */
export async function startNode(
  context: TestContext,
  init: { readonly clock?: Clock; readonly networkId?: string } = {}
): Promise<TestNode> {
  const metrics = createMemoryMetrics()
  const transport = createLibp2pTransport({
    privateKeySeed: createSystemRandom().bytes(32),
    networkId: init.networkId ?? 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    sameHost: true
  })({ clock: init.clock ?? systemClock, log: silentLog, metrics })
  await transport.start()
  context.after(() => transport.stop())
  return { transport, metrics, address: transport.addresses()[0] as string, self: transport.self }
}

/** Two nodes, the first of which has dialled the second. */
export async function startPair(context: TestContext): Promise<readonly [TestNode, TestNode]> {
  const [a, b] = [await startNode(context), await startNode(context)]
  await a.transport.connect(b.address)
  return [a, b]
}

/** Starts a libp2p node that has none of our code; it listens where it is told to. */
export async function startStranger(context: TestContext, ...listen: string[]): Promise<Libp2p> {
  const node = await createLibp2p({ addresses: { listen }, transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] })
  context.after(() => node.stop())
  return node
}

/** A protocol of texts. */
export function textProtocol(name: string, lane: Lane = 'control') {
  const text = Type.Object({ text: Type.String() }, { additionalProperties: false })
  return defineProtocol({
    id: `/cloudpeer/test/${name}/1`,
    request: text,
    reply: text,
    requestBytesMax: 1000,
    replyBytesMax: 1_000_000,
    rate: { perSecond: 10_000, burst: 10_000 },
    lane,
    timeoutMs: 10_000
  })
}

/** A promise that is looked at later, or never. */
export function unhandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

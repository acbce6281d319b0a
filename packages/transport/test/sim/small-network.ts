import { strict as assert } from 'node:assert'
import { CloudError, createMemoryMetrics, type Log, type PeerId, seededRandom, silentLog } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import { defineProtocol, type Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork, type SimulatedNetwork, type SimulatedNetworkInit } from '@cloudpeer/transport/sim'
import { Type } from 'typebox'

const text = Type.Object({ text: Type.String() })

/** Answers what it is asked. */
export const echo = defineProtocol({
  id: '/cloudpeer/test/echo/1',
  request: text,
  reply: text,
  requestBytesMax: 2048,
  replyBytesMax: 2048,
  rate: { perSecond: 10_000, burst: 10_000 },
  lane: 'control',
  timeoutMs: 5000
})

/** A simulated network for tests. */
export interface SmallNetwork {
  readonly time: VirtualTime
  readonly network: SimulatedNetwork
  /** A node that serves echo; the same number is the same peer, so a second start is a restart. */
  start(number: number, networkId?: string): Promise<Transport>
  /** `count` nodes, numbered from 0, every one connected with every other. */
  mesh(count: number): Promise<readonly Transport[]>
  connect(from: Transport, to: Transport): Promise<void>
  /** Whether an echo comes back, and after how long. */
  ask(from: Transport, to: Transport, timeoutMs?: number): Promise<{ readonly outcome: string; readonly tookMs: number }>
}

/** A network with a delay of 10 ms each way, unless told otherwise. */
export function createSmallNetwork(init: Partial<SimulatedNetworkInit> = {}, log: Log = silentLog): SmallNetwork {
  const time = createVirtualTime()
  const random = seededRandom(1)
  const network = createSimulatedNetwork({ clock: time.clock, random, ...init })

  async function start(number: number, networkId?: string): Promise<Transport> {
    const self = peerOf(number)
    const transport = network.join({ self, networkId })({ clock: network.clockOf(self), random, log, metrics: createMemoryMetrics() })
    transport.serve(echo, (body) => body)
    await transport.start()
    return transport
  }

  async function connect(from: Transport, to: Transport): Promise<void> {
    await time.settle(from.connect(network.addressOf(to.self)))
  }

  return {
    time,
    network,
    start,
    connect,
    async mesh(count) {
      const nodes: Transport[] = []
      for (let number = 0; number < count; number++) {
        const node = await start(number)
        await Promise.all(nodes.map((other) => connect(node, other)))
        nodes.push(node)
      }
      return nodes
    },
    async ask(from, to, timeoutMs) {
      const startedAt = time.now
      const answer = from.request(to.self, echo, { text: 'hello' }, { timeoutMs })
      const outcome = await time.settle(answer.then((reply) => reply.text, codeOf))
      return { outcome, tookMs: time.now - startedAt }
    }
  }
}

/** The peer that a number stands for. */
export function peerOf(number: number): PeerId {
  return createSigner(new Uint8Array(32).fill(number + 1)).self
}

/** The code of a CloudError; anything else is a failure of the test. */
export function codeOf(error: unknown): string {
  assert.ok(error instanceof CloudError, String(error))
  return error.code
}

/** Compares times that are sums of fractions. */
export function assertMs(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} ms, not ${expected} ms`)
}

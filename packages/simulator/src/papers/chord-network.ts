import { createMemoryMetrics, silentLog } from '@cloudpeer/core'
import { peerIdFromPublicKey } from '@cloudpeer/core/identity'
import { createVirtualTime, type VirtualTime } from '@cloudpeer/core/virtual-time'
import type { Transport } from '@cloudpeer/transport'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import { derivedRandom } from '../cloud/derived-random.ts'
import { ChordNode, type Keeper } from './chord-node.ts'
import { ChordRing } from './chord-ring.ts'
import type { Deployment } from './scheme.ts'

/** The nodes of a scheme over Chord, on a simulated network in virtual time. */
export interface ChordNetwork<Body extends object, Reply extends object> {
  readonly time: VirtualTime
  readonly nodes: readonly ChordNode<Body, Reply>[]
  /** One-way messages so far. */
  readonly messages: number
  stop(): Promise<void>
}

/** Starts a Chord network; `keeperOf` makes what each node keeps and answers, told how to reach the node itself. */
export async function createChordNetwork<Body extends object, Reply extends object>(
  { nodes: count, seed, oneWayMs }: Pick<Deployment, 'nodes' | 'seed' | 'oneWayMs'>,
  keeperOf: (node: () => ChordNode<Body, Reply>, time: VirtualTime) => Keeper<Body, Reply>
): Promise<ChordNetwork<Body, Reply>> {
  const random = derivedRandom(seed, 'chord')
  const time = createVirtualTime()
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => oneWayMs, passes: 'values' })
  const ground = { clock: time.clock, random, log: silentLog, metrics: createMemoryMetrics() }
  const transports: Transport[] = Array.from({ length: count }, () => network.join({ self: peerIdFromPublicKey(random.bytes(32)) })(ground))
  const ring = new ChordRing(transports.map(({ self }) => self))
  const nodes = transports.map((transport) => {
    const node: ChordNode<Body, Reply> = new ChordNode(
      transport,
      time.clock,
      ring,
      keeperOf(() => node, time)
    )
    return node
  })
  for (const transport of transports) await transport.start()
  for (const transport of transports) for (const { self } of transports) await transport.learn(self, [network.addressOf(self)])
  return {
    time,
    nodes,
    get messages() {
      return nodes.reduce((sum, { sent }) => sum + sent, 0)
    },
    async stop() {
      await time.settle(Promise.all(transports.map((transport) => transport.stop())))
    }
  }
}

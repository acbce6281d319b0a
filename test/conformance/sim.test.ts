import { createMemoryMetrics, seededRandom, silentLog } from '@cloudpeer/core'
import { createSigner } from '@cloudpeer/core/identity'
import { createVirtualTime } from '@cloudpeer/core/virtual-time'
import { createSimulatedNetwork } from '@cloudpeer/transport/sim'
import { type ConformanceNetwork, type ConformanceNode, transportConformance } from './transport-conformance.ts'

async function createNetwork(): Promise<ConformanceNetwork> {
  const time = createVirtualTime()
  const random = seededRandom(1)
  const network = createSimulatedNetwork({ clock: time.clock, random, latencyMs: () => 5 + 10 * random.next(), lossShare: 0.01 })
  const nodes: ConformanceNode[] = []
  return {
    deadAddress: `/ip4/10.0.0.1/tcp/9`,
    async node() {
      const { self } = createSigner(random.bytes(32))
      const metrics = createMemoryMetrics()
      const transport = network.join({ self })({ clock: network.clockOf(self), random, log: silentLog, metrics })
      nodes.push({ transport, metrics })
      await transport.start()
      return { transport, metrics }
    },
    kill: async ({ transport }) => network.crash(transport.self),
    freeze: async ({ transport }) => void network.freeze(transport.self),
    now: () => time.now,
    run: (promise) => time.settle(promise),
    wait: (durationMs) => time.advance(durationMs),
    async stop() {
      for (const { transport } of nodes) await time.settle(transport.stop())
    }
  }
}

transportConformance('the simulated network', createNetwork)

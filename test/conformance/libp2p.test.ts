import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryMetrics, silentLog } from '@cloudpeer/core'
import { createSystemRandom, systemClock } from '@cloudpeer/core/system'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'
import { type ConformanceNetwork, type ConformanceNode, transportConformance } from './transport-conformance.ts'

async function createNetwork(): Promise<ConformanceNetwork> {
  const random = createSystemRandom()
  const nodes: ConformanceNode[] = []
  return {
    deadAddress: '/ip4/127.0.0.1/tcp/1',
    async node() {
      const metrics = createMemoryMetrics()
      const create = createLibp2pTransport({
        privateKeySeed: random.bytes(32),
        networkId: 'conformance',
        listen: ['/ip4/127.0.0.1/tcp/0'],
        sameHost: true
      })
      const transport = create({ clock: systemClock, log: silentLog, metrics })
      await transport.start()
      nodes.push({ transport, metrics })
      return { transport, metrics }
    },
    kill: ({ transport }) => transport.stop(),
    now: () => performance.now(),
    run: (promise) => promise,
    wait: (durationMs) => sleep(durationMs),
    async stop() {
      await Promise.all(nodes.map(({ transport }) => transport.stop()))
    }
  }
}

transportConformance('libp2p on one machine', createNetwork)

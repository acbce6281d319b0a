import { createMemoryMetrics, type MemoryMetrics, seededRandom, silentLog } from '@cloudpeer/core'
import { createSigner, createVerifier } from '@cloudpeer/core/identity'
import { createMemoryStores } from '@cloudpeer/core/store'
import { systemClock } from '@cloudpeer/core/system'
import { parseSchema } from '@cloudpeer/model'
import { createOverlay, type Overlay, openDescriptor, type SignedDescriptor } from '@cloudpeer/overlay'
import { createRegistry, type Registry, type RegistryOptions } from '@cloudpeer/registry'
import type { Transport } from '@cloudpeer/transport'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'

/** A node without HTTP and without a disk, to measure its parts from inside its process. */
export interface BenchNode {
  readonly transport: Transport
  readonly overlay: Overlay
  readonly registry: Registry
  readonly metrics: MemoryMetrics
  stop(): Promise<void>
}

/** What a bench node is made with. */
export interface BenchNodeInit {
  /** Decides its key. */
  readonly seed: number
  readonly network: SignedDescriptor
  readonly join: readonly string[]
  readonly registry?: Partial<RegistryOptions>
}

/** Starts a node on loopback. */
export async function startBenchNode({ seed, network, join, registry: options = {} }: BenchNodeInit): Promise<BenchNode> {
  const privateKeySeed = seededRandom(seed).bytes(32)
  const signer = createSigner(privateKeySeed)
  const verifier = createVerifier()
  const { id, schema: plain } = openDescriptor(network, verifier)
  const schema = parseSchema(plain)
  const ground = { clock: systemClock, random: seededRandom(seed), log: silentLog, metrics: createMemoryMetrics() }
  const transport = createLibp2pTransport({ privateKeySeed, networkId: id, listen: ['/ip4/127.0.0.1/tcp/0'], sameHost: true })(ground)
  await transport.start()
  const stores = createMemoryStores()
  const overlay = createOverlay({ network, signer, verifier, epoch: 1 })({ ...ground, transport, stores })
  const registry = createRegistry({ network: id, schema: () => schema, signer, verifier, options })({
    ...ground,
    transport,
    overlay,
    stores
  })
  await registry.start()
  await overlay.start({ join })
  return {
    transport,
    overlay,
    registry,
    metrics: ground.metrics,
    async stop() {
      await registry.stop()
      await overlay.stop()
      await transport.stop()
    }
  }
}

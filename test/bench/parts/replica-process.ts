import { createVerifier } from '@cloudpeer/core/identity'
import { parseDescription, parseSchema } from '@cloudpeer/model'
import { openDescriptor, type SignedDescriptor } from '@cloudpeer/overlay'
import { startBenchNode } from './bench-node.ts'
import { echoProtocol } from './echo.ts'
import { answerProbes } from './probe.ts'

/** What the process is told over IPC to be. */
interface ReplicaInit {
  readonly seed: number
  readonly network: SignedDescriptor
  readonly registry: object
  readonly services: readonly object[]
}

/** A process of its own that holds the services; it says `{address}` when it is ready. */
process.once('message', async ({ seed, network, registry, services }: ReplicaInit) => {
  const node = await startBenchNode({ seed, network, join: [], registry })
  const schema = parseSchema(openDescriptor(network, createVerifier()).schema)
  await node.registry.register(services.map((service) => parseDescription(service, schema)))
  node.transport.serve(echoProtocol, ({ bytes }) => ({ padding: new Uint8Array(bytes) }))
  answerProbes()
  process.once('disconnect', () => process.exit(0))
  process.send?.({ address: node.transport.addresses()[0] })
})

import { parseDescription, parseSchema } from '@cloudpeer/model'
import { catalogueSchema, shareOutCatalogue } from '@cloudpeer/node/dev'
import type { SignedDescriptor } from '@cloudpeer/overlay'
import { startBenchNode } from './bench-node.ts'
import { echoProtocol } from './echo.ts'

/** A process of its own that holds the whole catalogue, told over IPC what to be; it says `{address}` when it is ready. */
process.once('message', async (message) => {
  const { seed, body, signature, registry } = message as { seed: number; registry: object } & SignedDescriptor
  const network = { body: Uint8Array.from(body), signature: Uint8Array.from(signature) }
  const node = await startBenchNode({ seed, network, join: [], registry })
  const schema = parseSchema(catalogueSchema)
  await node.registry.register(
    shareOutCatalogue(1)
      .flat()
      .map((service) => parseDescription(service, schema))
  )
  node.transport.serve(echoProtocol, ({ bytes }) => ({ padding: new Uint8Array(bytes) }))
  process.once('disconnect', () => process.exit(0))
  process.send?.({ address: node.transport.addresses()[0] })
})

import { randomBytes } from 'node:crypto'
import { createMemoryMetrics, silentLog } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'
import { textProtocol } from './nodes.ts'

// A node in a process of its own, which a test can kill and silence. It prints its address.
const transport = createLibp2pTransport({
  privateKeySeed: randomBytes(32),
  networkId: 'test',
  listen: ['/ip4/127.0.0.1/tcp/0'],
  sameHost: true
})({
  clock: systemClock,
  log: silentLog,
  metrics: createMemoryMetrics()
})
transport.serve(textProtocol('echo'), (body) => body)
await transport.start()
process.stdout.write(`${transport.addresses()[0]}\n`)

import { createMemoryMetrics, seededRandom, silentLog } from '@cloudpeer/core'
import { systemClock } from '@cloudpeer/core/system'
import type { Ready } from '@cloudpeer/node'
import { queryProtocol } from '@cloudpeer/registry'
import type { ReplyOf, RequestOf } from '@cloudpeer/transport'
import { createLibp2pTransport } from '@cloudpeer/transport/libp2p'

/** An application that asks a node over a session, without being a node itself. */
export interface SessionClient {
  query(request: RequestOf<typeof queryProtocol>): Promise<ReplyOf<typeof queryProtocol>>
  stop(): Promise<void>
}

/** Connects to a node. */
export async function connectSession({ addresses: [address = ''], networkId }: Ready): Promise<SessionClient> {
  const init = { privateKeySeed: seededRandom(77).bytes(32), networkId, listen: [], sameHost: true }
  const transport = createLibp2pTransport(init)({ clock: systemClock, log: silentLog, metrics: createMemoryMetrics() })
  await transport.start()
  const peer = await transport.connect(address)
  return { query: (request) => transport.request(peer, queryProtocol, request), stop: () => transport.stop() }
}

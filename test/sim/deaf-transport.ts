import { isCloudError } from '@cloudpeer/core'
import { transportAround } from '@cloudpeer/simulator'
import type { Handler, Protocol, Transport } from '@cloudpeer/transport'

const newsless = { announcements: [], rumours: [] }
const probe = '/cloudpeer/overlay/probe/1'

function isGossip({ id }: Protocol): boolean {
  return id === probe || id === '/cloudpeer/overlay/sync/1'
}

/**
 * A transport whose node, for as long as `isDeaf`, hears nothing new about the members and is well otherwise: it answers everybody, its own
 * word is heard, and nobody seems to be gone to it.
 */
export function createDeafTransport(transport: Transport, isDeaf: () => boolean): Transport {
  async function requestDeaf(send: () => Promise<unknown>, { id }: Protocol): Promise<unknown> {
    try {
      return { ...((await send()) as object), ...newsless }
    } catch (error) {
      if (id === probe && isCloudError(error)) return newsless
      throw error
    }
  }

  return transportAround(transport, {
    request(peer, protocol, body, options) {
      const send = () => transport.request(peer, protocol, body, options)
      return isDeaf() && isGossip(protocol) ? (requestDeaf(send, protocol) as ReturnType<typeof send>) : send()
    },
    serve(protocol, handler) {
      if (!isGossip(protocol)) return transport.serve(protocol, handler)
      const hearing = handler as unknown as Handler<Protocol>
      return transport.serve(protocol as Protocol, (body, context) =>
        hearing(isDeaf() ? { ...(body as object), ...newsless } : body, context)
      )
    },
    subscribe: (topic, { validate, handle }) =>
      transport.subscribe(topic, { validate: (message) => (isDeaf() ? 'ignore' : validate(message)), handle })
  })
}

import type { PeerId } from '@cloudpeer/core'
import type { Handler, Protocol, ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'

/** One request that a node has answered, when it did. */
export interface Exchanged<P extends Protocol = Protocol> {
  readonly from: PeerId
  readonly to: PeerId
  readonly request: RequestOf<P>
  readonly reply: ReplyOf<P>
}

/** Lets checkers see what nodes are asked and what they answer, at the moment when they do. */
export class Exchanges {
  readonly #listeners = new Map<string, ((exchanged: Exchanged) => void)[]>()

  /** Told of each exchange over `protocol`, anywhere. */
  on<P extends Protocol>(protocol: P, listener: (exchanged: Exchanged<P>) => void): void {
    const listeners = this.#listeners.get(protocol.id) ?? []
    this.#listeners.set(protocol.id, [...listeners, listener as (exchanged: Exchanged) => void])
  }

  /** The same transport, whose handlers are listened to. One that answers at once still does. */
  observe(transport: Transport): Transport {
    return {
      self: transport.self,
      addresses: () => transport.addresses(),
      start: () => transport.start(),
      stop: () => transport.stop(),
      connect: (address, options) => transport.connect(address, options),
      disconnect: (peer) => transport.disconnect(peer),
      learn: (peer, addresses) => transport.learn(peer, addresses),
      peers: () => transport.peers(),
      onPeer: (listener) => transport.onPeer(listener),
      request: (peer, protocol, body, options) => transport.request(peer, protocol, body, options),
      serve: (protocol, handler) => transport.serve(protocol, this.#overheard(transport.self, protocol, handler)),
      publish: (topic, data) => transport.publish(topic, data),
      subscribe: (topic, listener) => transport.subscribe(topic, listener),
      closestPeers: (key, count, options) => transport.closestPeers(key, count, options),
      provide: (key, options) => transport.provide(key, options),
      findProviders: (key, options) => transport.findProviders(key, options)
    }
  }

  #overheard<P extends Protocol>(to: PeerId, { id }: P, handler: Handler<P>): Handler<P> {
    return (request, context) => {
      const listeners = this.#listeners.get(id)
      const answered = handler(request, context)
      if (listeners === undefined) return answered
      const tell = (reply: ReplyOf<P>): ReplyOf<P> => {
        for (const listener of listeners) listener({ from: context.from, to, request, reply })
        return reply
      }
      return answered instanceof Promise ? answered.then(tell) : tell(answered)
    }
  }
}

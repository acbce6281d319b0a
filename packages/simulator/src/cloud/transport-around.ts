import type { Transport } from '@cloudpeer/transport'

/** A transport that does some things in its own way, and all others as `transport` does. */
export function transportAround(transport: Transport, own: Partial<Transport>): Transport {
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
    serve: (protocol, handler) => transport.serve(protocol, handler),
    publish: (topic, data) => transport.publish(topic, data),
    subscribe: (topic, listener) => transport.subscribe(topic, listener),
    closestPeers: (key, count, options) => transport.closestPeers(key, count, options),
    provide: (key, options) => transport.provide(key, options),
    findProviders: (key, options) => transport.findProviders(key, options),
    ...own
  }
}

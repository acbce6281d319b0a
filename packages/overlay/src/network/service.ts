import type { PeerId } from '@cloudpeer/core'
import type { Signer, Verifier } from '@cloudpeer/core/identity'
import type { Subscription, Transport } from '@cloudpeer/transport'
import { createListeners } from '../listeners.ts'
import { acceptUpdate, type NetworkDescriptor, openDescriptor, reviseNetwork, type SignedDescriptor } from './descriptor.ts'
import { networkProtocol } from './protocol.ts'

/** Told after a newer descriptor of the network has been stored. */
export type NetworkListener = (network: NetworkDescriptor, signed: SignedDescriptor) => void

/** The network that one node belongs to: pinned by its id, its schema only ever replaced by a newer one of the founder. */
export interface Network {
  readonly descriptor: NetworkDescriptor
  readonly signed: SignedDescriptor
  /** Opens a descriptor from outside and says whether it is newer than ours. MALFORMED, INVALID, FORGED_NETWORK, WRONG_NETWORK. */
  isNewer(signed: SignedDescriptor): boolean
  /** Stores a descriptor if it is newer; the same errors. */
  accept(signed: SignedDescriptor): void
  /** Asks a peer for its descriptor and stores it if it is newer; errors of the request and of {@link Network.accept}. */
  fetch(peer: PeerId, signal: AbortSignal): Promise<void>
  /** Signs and stores the next schema. NOT_FOUNDER, STALE_NETWORK, INVALID, TOO_LARGE. */
  revise(schema: unknown, version: number): SignedDescriptor
  onChange(listener: NetworkListener): Subscription
  serve(): Subscription
}

/** Pins the network that `signed` describes. Errors as of {@link openDescriptor}. */
export function createNetwork(signed: SignedDescriptor, signer: Signer, verifier: Verifier, transport: Transport): Network {
  let current = { descriptor: openDescriptor(signed, verifier), signed }
  const listeners = createListeners<Parameters<NetworkListener>>()

  function accept(next: SignedDescriptor): void {
    const descriptor = openDescriptor(next, verifier)
    if (!acceptUpdate(current.descriptor, descriptor)) return
    current = { descriptor, signed: next }
    listeners.tell(descriptor, next)
  }

  return {
    get descriptor() {
      return current.descriptor
    },
    get signed() {
      return current.signed
    },
    isNewer: (next) => acceptUpdate(current.descriptor, openDescriptor(next, verifier)),
    accept,
    fetch: async (peer, signal) => accept(await transport.request(peer, networkProtocol, {}, { signal })),
    revise(schema, version) {
      const next = reviseNetwork(current.signed, signer, schema, version)
      accept(next)
      return next
    },
    onChange: (listener) => listeners.add(listener),
    serve: () => transport.serve(networkProtocol, () => current.signed)
  }
}

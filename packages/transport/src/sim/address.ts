import { CloudError, type PeerId } from '@cloudpeer/core'

/** A multiaddr of the simulated network, taken apart. */
export interface Address {
  /** `/ip4/<address>/tcp/<port>`. */
  readonly place: string
  /** Who is expected there. */
  readonly peer: PeerId | undefined
}

const pattern = /^(\/ip4\/\d{1,3}(?:\.\d{1,3}){3}\/tcp\/\d{1,5})(?:\/p2p\/([1-9A-HJ-NP-Za-km-z]{40,64}))?$/

/** Takes `/ip4/<address>/tcp/<port>[/p2p/<peer>]` apart, the only form here. BAD_ADDRESS. */
export function parseAddress(address: string): Address {
  const match = pattern.exec(address)
  if (match === null) {
    throw new CloudError('BAD_ADDRESS', {
      field: 'address',
      address: address.slice(0, 256),
      problem: 'not /ip4/<address>/tcp/<port>/p2p/<peer>'
    })
  }
  return { place: match[1] as string, peer: match[2] as PeerId | undefined }
}

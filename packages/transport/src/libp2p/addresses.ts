import { CloudError, errorMessage } from '@cloudpeer/core'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { addressesPerPeerMax } from './limits.ts'

const hosts: readonly string[] = ['ip4', 'ip6', 'dns', 'dns4', 'dns6']

/** The multiaddr in a text from outside: a host and TCP port, or a dnsaddr. BAD_ADDRESS for anything else. */
export function dialableAddress(text: string): Multiaddr {
  const address = addressFrom(text)
  if (!isDialable(address)) throw badAddress(text, 'it does not name a host and a TCP port')
  return address
}

/** Those of a peer's addresses that can be dialled: it may have others, for other transports. BAD_ADDRESS for a text that is none. */
export function dialableAddresses(texts: readonly string[]): Multiaddr[] {
  return texts.map(addressFrom).filter(isDialable).slice(0, addressesPerPeerMax)
}

function isDialable(address: Multiaddr): boolean {
  const [host, tcp, ...rest] = address.getComponents().map(({ name }) => name)
  const direct = hosts.includes(host ?? '') && tcp === 'tcp' && (rest.length === 0 || (rest.length === 1 && rest[0] === 'p2p'))
  return direct || host === 'dnsaddr'
}

/** BAD_ADDRESS for a text, which is cut to what a log line bears. */
export function badAddress(text: string, problem: string): CloudError {
  return new CloudError('BAD_ADDRESS', { field: 'address', address: text.slice(0, 256), problem })
}

function addressFrom(text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (error) {
    throw badAddress(text, errorMessage(error))
  }
}

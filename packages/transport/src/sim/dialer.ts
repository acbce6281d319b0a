import { CloudError } from '@cloudpeer/core'
import type { Address } from './address.ts'
import { ConnectionEnd, type Wire } from './connection-end.ts'
import type { End, Host } from './host.ts'

/** Round trips from the first packet to a session: TCP, noise, the muxer and the session's hello (measured on libp2p 3). */
const dialRoundTrips = 3.7

/** Until a machine where nobody ever listened refuses, in ms. */
const refusalMs = 1

/** Connects; the promise stays open for ever where nothing answers. REFUSED, UNREACHABLE, WRONG_NETWORK. */
export type Dial = (from: Host, address: Address) => Promise<End>

/** Dials over simulated links. Of two dials between one pair the connection that is complete first serves both. */
export function createDialer(wire: Wire, hosts: ReadonlyMap<string, Host>): Dial {
  const { clock, links } = wire

  function travel(from: Host, to: Host, arrive: () => void): void {
    if (!links.isBlocked(from.self, to.self)) clock.schedule(links.delayMs(from.self, to.self), arrive)
  }

  function knock(from: Host, address: Address, resolve: (end: End) => void, reject: (error: CloudError) => void): void {
    const target = hosts.get(address.place)
    if (target === undefined) return void clock.schedule(refusalMs, () => reject(refused(address.place, 'nobody listens there')))
    travel(from, target, () => {
      const host = hosts.get(address.place) as Host
      if (!host.alive) return travel(host, from, () => from.perform(() => reject(refused(host.self, 'nobody listens there'))))
      host.perform(() => travel(host, from, () => from.perform(() => handshake(from, host, address, resolve, reject))))
    })
  }

  function handshake(from: Host, to: Host, address: Address, resolve: (end: End) => void, reject: (error: CloudError) => void): void {
    const roundTripMs = links.latencyMs(from.self, to.self) + links.latencyMs(to.self, from.self)
    clock.schedule((dialRoundTrips - 1) * roundTripMs, () => {
      const silent = links.isBlocked(from.self, to.self) || links.isBlocked(to.self, from.self) || !from.awake || (to.alive && !to.awake)
      if (silent) return
      const problem = handshakeProblem(from, to, address)
      if (problem) reject(problem)
      else resolve(open(from, to))
    })
  }

  function open(from: Host, to: Host): End {
    const existing = from.ends.get(to.self)
    if (existing?.other.open && existing.other.host === to) return existing
    existing?.drop()
    to.ends.get(from.self)?.drop()
    const near = new ConnectionEnd(wire, from)
    const far = new ConnectionEnd(wire, to)
    ConnectionEnd.join(near, far)
    from.ends.set(to.self, near)
    to.ends.set(from.self, far)
    from.events?.opened(near)
    to.events?.opened(far)
    return near
  }

  return (from, address) => new Promise((resolve, reject) => knock(from, address, resolve, reject))
}

function handshakeProblem(from: Host, to: Host, address: Address): CloudError | undefined {
  if (!to.alive) return refused(to.self, 'it went away during the handshake')
  if (address.peer !== undefined && address.peer !== to.self) {
    return new CloudError('UNREACHABLE', { peer: address.peer, problem: `${to.self} answers at its address` })
  }
  if (to.networkId === from.networkId) return undefined
  return new CloudError('WRONG_NETWORK', { network: to.networkId, expected: from.networkId })
}

function refused(peer: string, problem: string): CloudError {
  return new CloudError('REFUSED', { peer, problem })
}

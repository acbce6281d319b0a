import { CloudError } from '@cloudpeer/core'
import type { Address } from './address.ts'
import { ConnectionEnd, type Wire } from './connection-end.ts'
import type { End, Host } from './host.ts'

/** Round trips from the first packet to a session: TCP, noise, the muxer and the session's hello (measured on libp2p 3). */
const dialRoundTrips = 3.7

/** Longest that a dial may take, in ms. */
export const dialMsMax = 5000

/** Until a machine where nobody ever listened refuses, in ms. */
const refusalMs = 1

/** Connects; the promise stays open for ever where nothing answers. REFUSED, UNREACHABLE, WRONG_NETWORK. */
export type Dial = (from: Host, address: Address) => Promise<End>

/** One dial under way. */
interface Dialing {
  readonly from: Host
  readonly address: Address
  readonly startedAt: number
  resolve(end: End): void
  reject(error: CloudError): void
}

/** Dials over simulated links. Of two dials between one pair the connection that is complete first serves both. */
export function createDialer(wire: Wire, hosts: ReadonlyMap<string, Host>): Dial {
  const { clock, links, effects } = wire

  /** A first packet that does not get through is not sent again before the dial is given up. */
  function travel(from: Host, to: Host, arrive: () => void): void {
    if (links.isBlocked(from.self, to.self)) effects.add('block')
    else clock.schedule(links.delayMs(from.self, to.self, 0), () => links.pass(from.self, to.self, arrive))
  }

  function knock(dialing: Dialing): void {
    const { from, address, reject } = dialing
    const target = hosts.get(address.place)
    if (target === undefined) return void clock.schedule(refusalMs, () => reject(refused(address.place, 'nobody listens there')))
    travel(from, target, () => {
      const host = hosts.get(address.place) as Host
      if (!host.alive) return travel(host, from, () => from.perform(() => reject(refused(host.self, 'nobody listens there'))))
      host.perform(() => travel(host, from, () => from.perform(() => handshake(dialing, host))))
    })
  }

  function handshake(dialing: Dialing, to: Host): void {
    const { from } = dialing
    const roundTripMs = links.latencyMs(from.self, to.self) + links.latencyMs(to.self, from.self)
    clock.schedule((dialRoundTrips - 1) * roundTripMs, () => {
      if (links.isBlocked(from.self, to.self) || links.isBlocked(to.self, from.self)) effects.add('block')
      else links.pass(from.self, to.self, () => links.pass(to.self, from.self, () => from.perform(() => finish(dialing, to))))
    })
  }

  /** Both processes have a part in the end of a handshake: one that stands still holds it up, and too late is never. */
  function finish(dialing: Dialing, to: Host): void {
    const { from, address, startedAt, resolve, reject } = dialing
    if (clock.now() - startedAt >= dialMsMax) return
    const problem = handshakeProblem(from, to, address)
    if (problem) reject(problem)
    else if (to.awake) resolve(open(from, to))
    else to.perform(() => from.perform(() => finish(dialing, to)))
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

  return (from, address) => new Promise((resolve, reject) => knock({ from, address, startedAt: clock.now(), resolve, reject }))
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

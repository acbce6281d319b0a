import { assert, type Clock, type PeerId, present, type Random } from '@cloudpeer/core'
import type { Transport } from '../port/transport.ts'
import { createDialer } from './dialer.ts'
import { Host } from './host.ts'
import { createLinks } from './links.ts'
import { createNodeClock, type NodeClock } from './node-clock.ts'
import { type SimulatedComponents, SimulatedTransport } from './simulated-transport.ts'
import { createTrace } from './trace.ts'
import type { World } from './world.ts'

/** The most peers of one network: their addresses are those of 10.0.0.0/8. */
const peersMax = 2 ** 24

/** How a simulated network is made. */
export interface SimulatedNetworkInit {
  /** The virtual time that everything in the network happens in. */
  readonly clock: Clock
  /** The only source of chance: equal seeds give equal runs. */
  readonly random: Random
  /** One way's time from peer to peer, in ms, for one message. 10 ms if not given. */
  readonly latencyMs?: (from: PeerId, to: PeerId) => number
  /** Share of messages lost, each time they are sent, on every link. TCP sends them again: a loss is a delay. */
  readonly lossShare?: number
}

/** Who joins a simulated network. */
export interface SimulatedNodeInit {
  readonly self: PeerId
  /** Peers of another network refuse with WRONG_NETWORK. */
  readonly networkId?: string
}

/**
 * A network in virtual time. Its transports pass the conformance suite that the libp2p transport passes; its faults are
 * methods. Every fault is lifted by its counterpart, a crash by joining again.
 */
export interface SimulatedNetwork {
  /** A node as it starts, or starts again; its transport takes part from `start` to `stop` or `crash`. */
  join(init: SimulatedNodeInit): (components: SimulatedComponents) => Transport
  /** The node's own clock: hand it to everything on that node, so that a frozen node's timers wait. */
  clockOf(peer: PeerId): Clock
  /** Where a peer can be reached, now and after each restart. */
  addressOf(peer: PeerId): string

  /** Ends the process: peers see closed connections after one way's time, redials are refused, its code runs no more. */
  crash(peer: PeerId): void
  /** Stops the process (SIGSTOP): connections stay, nothing is answered, timers wait. Nobody is told. */
  freeze(peer: PeerId): void
  /** Lets a frozen process go on with what has arrived meanwhile. */
  resume(peer: PeerId): void
  /** Nothing gets through this way any more; the other way is as it was. */
  block(from: PeerId, to: PeerId): void
  unblock(from: PeerId, to: PeerId): void
  /** Blocks every way between peers of different groups. Peers in no group keep all their links. */
  partition(...groups: readonly (readonly PeerId[])[]): void
  /** Unblocks everything. */
  heal(): void
  /** Share of the messages lost this way, in [0, 1). */
  setLossShare(from: PeerId, to: PeerId, share: number): void
  /** Adds `delayMs` to every message that the peer sends or receives: a slow node. */
  setSlowness(peer: PeerId, delayMs: number): void

  /** Messages delivered so far. */
  readonly deliveries: number
  /** SHA-256 over time, sender, receiver, protocol and bytes of each delivery so far, in hexadecimal. */
  trace(): string
}

/** Opens a network without nodes. */
export function createSimulatedNetwork({ clock, random, latencyMs = () => 10, lossShare = 0 }: SimulatedNetworkInit): SimulatedNetwork {
  const links = createLinks({ random, latencyMs, lossShare })
  const trace = createTrace()
  const places = new Map<PeerId, string>()
  const clocks = new Map<PeerId, NodeClock>()
  const hosts = new Map<string, Host>()
  const wire = { clock, links, trace }
  let messages = 0
  const world: World = { ...wire, random, hosts, dial: createDialer(wire, hosts), nextMessageId: () => ++messages }

  function placeOf(peer: PeerId): string {
    const known = places.get(peer)
    if (known !== undefined) return known
    const index = places.size + 1
    assert(index < peersMax, `more than ${peersMax} peers`)
    const place = `/ip4/10.${index >> 16}.${(index >> 8) & 0xff}.${index & 0xff}/tcp/4001`
    places.set(peer, place)
    return place
  }

  function nodeClock(peer: PeerId): NodeClock {
    const known = clocks.get(peer)
    if (known !== undefined) return known
    const created = createNodeClock(clock)
    clocks.set(peer, created)
    return created
  }

  function hostOf(peer: PeerId): Host {
    return present(hosts.get(placeOf(peer)), `${peer} never started`)
  }

  function unblock(from: PeerId, to: PeerId): void {
    links.unblock(from, to)
    const end = hosts.get(placeOf(from))?.ends.get(to) ?? hosts.get(placeOf(to))?.ends.get(from)
    end?.recover()
    end?.other.recover()
  }

  return {
    join:
      ({ self, networkId = '' }) =>
      (components) =>
        new SimulatedTransport(world, new Host(self, networkId, placeOf(self), clock), components),
    clockOf: (peer) => nodeClock(peer).clock,
    addressOf: (peer) => `${placeOf(peer)}/p2p/${peer}`,
    crash(peer) {
      nodeClock(peer).freeze()
      clocks.delete(peer)
      hostOf(peer).end()
    },
    freeze(peer) {
      hostOf(peer).freeze()
      nodeClock(peer).freeze()
    },
    resume(peer) {
      nodeClock(peer).resume()
      hostOf(peer).resume()
    },
    block: links.block,
    unblock,
    partition(...groups) {
      for (const [from, to] of waysBetween(groups)) links.block(from, to)
    },
    heal() {
      for (const [from, to] of links.blocked()) unblock(from, to)
    },
    setLossShare: links.setLossShare,
    setSlowness: links.setSlowness,
    get deliveries() {
      return trace.deliveries
    },
    trace: () => trace.digest()
  }
}

function waysBetween(groups: readonly (readonly PeerId[])[]): (readonly [PeerId, PeerId])[] {
  return groups.flatMap((group) => {
    const others = groups.filter((other) => other !== group).flat()
    return group.flatMap((from) => others.map((to) => [from, to] as const))
  })
}

import { assert, type Clock, type PeerId, present, type Random } from '@cloudpeer/core'
import { byteCodec, valueCodec } from '../exchange/index.ts'
import type { Transport } from '../port/transport.ts'
import type { Way } from './blocks.ts'
import { createDialer } from './dialer.ts'
import { createEffects, type Effect } from './effects.ts'
import type { Standstill } from './event-loop.ts'
import { Host } from './host.ts'
import { type Lift, liftOnce } from './lift.ts'
import { type Jitter, Links } from './links.ts'
import { Machine } from './machine.ts'
import { type SimulatedComponents, SimulatedTransport } from './simulated-transport.ts'
import { createTrace } from './trace.ts'
import type { Ways } from './ways.ts'
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
  /** What is added to it for each message, in ms, drawn from `random`; handshakes do without. */
  readonly jitterMs?: Jitter
  /** Share of messages lost, each time they are sent, on every link. TCP sends them again: a loss is a delay. */
  readonly lossShare?: number
  /** What requests and replies travel as: encoded `bytes` if not given, or frozen `values` of estimated sizes, which is cheaper. */
  readonly passes?: 'bytes' | 'values'
}

/** Who joins a simulated network. */
export interface SimulatedNodeInit {
  readonly self: PeerId
  /** Peers of another network refuse with WRONG_NETWORK. */
  readonly networkId?: string
}

/**
 * A network in virtual time. Its transports pass the conformance suite that the libp2p transport passes; its faults are
 * methods. A fault lasts until the lift it gives is called; faults of one kind add up, and lifting one leaves the others.
 * A crash lasts until the peer joins again.
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
  /** Stops the process (SIGSTOP): connections stay, nothing is answered, timers wait. Nobody is told. A dead one stays dead. */
  freeze(peer: PeerId): Lift
  /** Lets a process that stands still, for whatever reason, go on with what has arrived meanwhile. */
  resume(peer: PeerId): void
  /** Keeps the event loop busy for `forMs`, or until lifted: as `freeze`. */
  stall(peer: PeerId, forMs: number): Lift
  /** Makes the machine take `taskMs` for each message it sends or receives and for each timer: what comes faster waits. */
  slow(peer: PeerId, taskMs: number): Lift
  /** Makes the machine's monotonic clock gain `partsPerMillion` on true time, or lose them if negative. */
  drift(peer: PeerId, partsPerMillion: number): Lift
  /** Sets the machine's wall clock ahead by `byMs`, or back if negative. */
  jump(peer: PeerId, byMs: number): Lift

  /** Nothing gets through these ways any more: from every one of `from` to every one of `to`, and not back. */
  block(from: PeerId | readonly PeerId[], to: PeerId | readonly PeerId[]): Lift
  /** Blocks every way between peers of different groups. Peers in no group keep all their links. */
  partition(...groups: readonly (readonly PeerId[])[]): Lift
  /** Lifts all blocks and partitions. */
  heal(): void
  /** Holds what comes to the end of these ways, and delivers it at once and in order when lifted. */
  clog(ways: Ways): Lift
  /** Loses a share of the messages, in [0, 1), each time they are sent. TCP sends them again: a loss is a delay. */
  lose(share: number, ways?: Ways): Lift
  /** Has a share of the requests handled twice, the second time up to 1 s later and for nobody, and topics' messages come twice. */
  duplicate(share: number, ways?: Ways): Lift
  /** Takes a share of the messages out of the order of their connection: each is up to 1 s late and waits for no other. */
  reorder(share: number, ways?: Ways): Lift
  /** Adds `delayMs` to every message and handshake. */
  delay(delayMs: number, ways?: Ways): Lift
  /** Lets a connection have `messages` under way in one direction; one more is lost, and sent again. */
  narrow(messages: number, ways?: Ways): Lift

  /** How often each fault took effect so far. */
  readonly effects: ReadonlyMap<Effect, number>
  /** Timers of the process that runs now or ran last that neither ran nor were cancelled; none once it has crashed. */
  timersOf(peer: PeerId): number
  /** Messages delivered so far. */
  readonly deliveries: number
  /** SHA-256 over time, sender, receiver, protocol and bytes, or kind of value, of each delivery so far, in hexadecimal. */
  trace(): string
}

/** Opens a network without nodes. */
export function createSimulatedNetwork(init: SimulatedNetworkInit): SimulatedNetwork {
  const { clock, random, latencyMs = () => 10, jitterMs, lossShare = 0, passes = 'bytes' } = init
  const effects = createEffects()
  const links = new Links({ clock, random, effects, latencyMs, jitterMs, freed })
  const trace = createTrace()
  const machines = new Map<PeerId, Machine>()
  const hosts = new Map<string, Host>()
  const wire = { clock, links, trace, effects }
  let messages = 0
  const world: World = {
    ...wire,
    random,
    hosts,
    dial: createDialer(wire, hosts),
    codec: passes === 'values' ? valueCodec : byteCodec,
    topics: new Map(),
    nextMessageId: () => ++messages
  }
  if (lossShare > 0) links.lose(lossShare, {})

  function machineOf(peer: PeerId): Machine {
    const known = machines.get(peer)
    if (known !== undefined) return known
    const created = new Machine(placeOf(machines.size + 1), clock, effects)
    machines.set(peer, created)
    return created
  }

  function hostOf(peer: PeerId): Host {
    return present(hosts.get(machineOf(peer).place), `${peer} never started`)
  }

  function freed([from, to]: Way): void {
    const end = hosts.get(machineOf(from).place)?.ends.get(to) ?? hosts.get(machineOf(to).place)?.ends.get(from)
    end?.recover()
    end?.other.recover()
  }

  /** Connections whose two ways are both free again are not given up. */
  function recoverAll(): void {
    for (const { self, ends } of hosts.values()) {
      for (const [peer, end] of ends) if (!links.isSilent(self, peer) && !links.isSilent(peer, self)) end.recover()
    }
  }

  function stand(peer: PeerId, standstill: Standstill): Lift {
    return hostOf(peer).alive ? machineOf(peer).process.loop.stand(standstill) : () => {}
  }

  return {
    join:
      ({ self, networkId = '' }) =>
      (components) => {
        const { place, process } = machineOf(self)
        return new SimulatedTransport(world, new Host(self, networkId, place, process.loop), components)
      },
    clockOf: (peer) => machineOf(peer).process.nodeClock.clock,
    addressOf: (peer) => `${machineOf(peer).place}/p2p/${peer}`,
    crash(peer) {
      effects.add('crash')
      machineOf(peer).crash()
      hostOf(peer).end()
    },
    freeze: (peer) => stand(peer, 'freeze'),
    resume: (peer) => machineOf(peer).process.loop.resume(),
    stall(peer, forMs) {
      const lift = stand(peer, 'stall')
      clock.schedule(forMs, lift)
      return lift
    },
    slow: (peer, taskMs) => machineOf(peer).pace.slow(taskMs),
    drift: (peer, partsPerMillion) => machineOf(peer).clock.drift(partsPerMillion),
    jump: (peer, byMs) => machineOf(peer).clock.jump(byMs),
    block: (from, to) => links.block(waysFrom([from].flat(), [to].flat())),
    partition: (...groups) => links.block(waysBetween(groups)),
    heal: () => links.heal(),
    clog(ways) {
      const lift = links.clog(ways)
      return liftOnce(() => {
        lift()
        recoverAll()
      })
    },
    lose: (share, ways = {}) => links.lose(share, ways),
    duplicate: (share, ways = {}) => links.duplicate(share, ways),
    reorder: (share, ways = {}) => links.reorder(share, ways),
    delay: (delayMs, ways = {}) => links.delay(delayMs, ways),
    narrow: (capacity, ways = {}) => links.narrow(capacity, ways),
    effects: effects.counts,
    timersOf: (peer) => machineOf(peer).timers,
    get deliveries() {
      return trace.deliveries
    },
    trace: () => trace.digest()
  }
}

function placeOf(number: number): string {
  assert(number < peersMax, `more than ${peersMax} peers`)
  return `/ip4/10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}/tcp/4001`
}

function waysBetween(groups: readonly (readonly PeerId[])[]): Way[] {
  return groups.flatMap((group) => waysFrom(group, groups.filter((other) => other !== group).flat()))
}

function waysFrom(from: readonly PeerId[], to: readonly PeerId[]): Way[] {
  return from.flatMap((sender) => to.map((receiver) => [sender, receiver] as const))
}

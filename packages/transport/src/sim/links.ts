import { assert, type Clock, type PeerId, type Random } from '@cloudpeer/core'
import { Blocks, type Way } from './blocks.ts'
import { Clogs } from './clogs.ts'
import type { Effects } from './effects.ts'
import type { Lift } from './lift.ts'
import { WayAmounts, type Ways } from './ways.ts'

/** TCP's first retransmission time-out on a link without history, in ms (RFC 6298 names 1 s; Linux uses 200 ms). */
const retransmissionMs = 200

/**
 * Most times that one message is sent again: 51 s in all. TCP goes on longer (tcp_retries2), but a connection monitor that pings once a minute does not.
 */
const retransmissionsMax = 8

/** The latest that a copy or a message that others overtake arrives after its time, in ms: uniform between nothing and this. */
const strayMsMax = 1000

/** What a link adds to the latency of one message, in ms: a draw from `random`. */
export type Jitter = (latencyMs: number, random: Random) => number

/** How links behave until told otherwise. */
export interface LinksInit {
  readonly clock: Clock
  readonly random: Random
  readonly effects: Effects
  readonly latencyMs: (from: PeerId, to: PeerId) => number
  readonly jitterMs: Jitter | undefined
  /** Told of every way that lets messages through again. */
  readonly freed: (way: Way) => void
}

/** Links between any two peers, each way for itself, and what goes wrong on them. */
export class Links {
  readonly #init: LinksInit
  readonly #blocks: Blocks
  readonly #clogs: Clogs
  readonly #losses = new WayAmounts()
  readonly #copies = new WayAmounts()
  readonly #reorders = new WayAmounts()
  readonly #delays = new WayAmounts()
  readonly #capacities = new WayAmounts()

  constructor(init: LinksInit) {
    this.#init = init
    this.#blocks = new Blocks(init.freed)
    this.#clogs = new Clogs(init.clock, init.effects)
  }

  /** One message's way there without losses and jitter, in ms: what a handshake is made of. */
  latencyMs(from: PeerId, to: PeerId): number {
    return this.#init.latencyMs(from, to) + this.#delays.sum(from, to)
  }

  /** Time of one message on its way, in ms, retransmissions included, behind `inFlight` others. */
  delayMs(from: PeerId, to: PeerId, inFlight: number): number {
    const { random, jitterMs, effects } = this.#init
    const latencyMs = this.latencyMs(from, to)
    if (this.#delays.has(from, to)) effects.add('delay')
    const overflowMs = this.#overflowMs(from, to, inFlight)
    const lossMs = this.#retransmissionDelayMs(this.#losses.chance(from, to))
    return latencyMs + (jitterMs?.(latencyMs, random) ?? 0) + overflowMs + lossMs
  }

  /** How long after the first a second copy of a message comes, in ms; undefined for the most, which have none. */
  copyAfterMs(from: PeerId, to: PeerId): number | undefined {
    return this.#stray(this.#copies.chance(from, to))
  }

  /** By how much a message that keeps no order is late, in ms; undefined for those that keep it. */
  strayMs(from: PeerId, to: PeerId): number | undefined {
    return this.#stray(this.#reorders.chance(from, to))
  }

  isBlocked(from: PeerId, to: PeerId): boolean {
    return this.#blocks.has(from, to)
  }

  /** Whether nothing gets to the end of the way now. */
  isSilent(from: PeerId, to: PeerId): boolean {
    return this.#blocks.has(from, to) || this.#clogs.has(from, to)
  }

  /** Whether what comes to the end of the way has to wait there. */
  isHeld(from: PeerId, to: PeerId): boolean {
    return this.#clogs.holds(from, to)
  }

  /** Lets a message out of the end of its way: now, or when the way is not clogged any more. */
  pass(from: PeerId, to: PeerId, deliver: () => void): void {
    this.#clogs.pass(from, to, deliver)
  }

  block(ways: readonly Way[]): Lift {
    return this.#blocks.add(ways)
  }

  /** Lifts all blocks. */
  heal(): void {
    this.#blocks.liftAll()
  }

  clog(ways: Ways): Lift {
    return this.#clogs.add(ways)
  }

  lose(share: number, ways: Ways): Lift {
    return this.#losses.add(asShare(share), ways)
  }

  duplicate(share: number, ways: Ways): Lift {
    return this.#copies.add(asShare(share), ways)
  }

  reorder(share: number, ways: Ways): Lift {
    return this.#reorders.add(asShare(share), ways)
  }

  delay(delayMs: number, ways: Ways): Lift {
    assert(delayMs >= 0, `a delay of ${delayMs} ms`)
    return this.#delays.add(delayMs, ways)
  }

  narrow(messages: number, ways: Ways): Lift {
    assert(Number.isSafeInteger(messages) && messages > 0, `a capacity of ${messages} messages`)
    return this.#capacities.add(messages, ways)
  }

  #stray(share: number): number | undefined {
    const { random } = this.#init
    return share > 0 && random.next() < share ? random.next() * strayMsMax : undefined
  }

  /** What does not fit a path is dropped by its narrowest router, and sent again. */
  #overflowMs(from: PeerId, to: PeerId, inFlight: number): number {
    if (inFlight < this.#capacities.min(from, to)) return 0
    this.#init.effects.add('overflow')
    return retransmissionMs
  }

  /** A lost message is a late one: TCP sends it again after a time that doubles with each loss (RFC 6298, section 5.5). */
  #retransmissionDelayMs(share: number): number {
    const { random, effects } = this.#init
    let delayMs = 0
    for (let attempt = 0; share > 0 && attempt < retransmissionsMax && random.next() < share; attempt++) {
      delayMs += retransmissionMs * 2 ** attempt
      effects.add('loss')
    }
    return delayMs
  }
}

function asShare(share: number): number {
  assert(share >= 0 && share < 1, `a share of ${share}`)
  return share
}

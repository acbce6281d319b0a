import type { Clock, PeerId, Timer } from '@cloudpeer/core'
import type { Protocol, RequestOf, Transport } from '@cloudpeer/transport'
import { answerProtocol, routeProtocol } from './chord-protocol.ts'
import { type ChordRing, positionOf } from './chord-ring.ts'

/** How long a node waits for an answer, in ms. */
const answerMsMax = 5_000

/** Answers what is asked of the node responsible for a key. */
export type Keeper<Body, Reply> = (body: Body) => Reply | Promise<Reply>

interface Waiting<Reply> {
  readonly timer: Timer
  settle(reply: Reply | undefined): void
}

/** One node of a Chord network: questions travel from finger to finger, answers come straight back. */
export class ChordNode<Body extends object, Reply extends object> {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #ring: ChordRing
  readonly #keeper: Keeper<Body, Reply>
  readonly #waiting = new Map<number, Waiting<Reply>>()
  #calls = 0
  #sent = 0

  constructor(transport: Transport, clock: Clock, ring: ChordRing, keeper: Keeper<Body, Reply>) {
    this.#transport = transport
    this.#clock = clock
    this.#ring = ring
    this.#keeper = keeper
    transport.serve(routeProtocol, (message) => {
      this.#arrived(message)
      return {}
    })
    transport.serve(answerProtocol, ({ call, reply }) => {
      this.#settle(call, reply as Reply)
      return {}
    })
  }

  /** One-way messages that this node has sent or passed on. */
  get sent(): number {
    return this.#sent
  }

  /** Asks the node responsible for a key; undefined if no answer comes in time. */
  ask(key: string, body: Body): Promise<Reply | undefined> {
    const call = ++this.#calls
    return new Promise((settle) => {
      const timer = this.#clock.schedule(answerMsMax, () => this.#settle(call, undefined))
      this.#waiting.set(call, { timer, settle })
      this.#arrived({ position: positionOf(key), origin: this.#transport.self, call, body })
    })
  }

  #arrived(message: RequestOf<typeof routeProtocol>): void {
    const { self } = this.#transport
    if (this.#ring.successor(message.position) === self) void this.#answer(message)
    else this.#send(this.#ring.nextHop(self, message.position), routeProtocol, message)
  }

  async #answer({ origin, call, body }: RequestOf<typeof routeProtocol>): Promise<void> {
    const reply = await this.#keeper(body as Body)
    if (origin === this.#transport.self) this.#settle(call, reply)
    else this.#send(origin as PeerId, answerProtocol, { call, reply })
  }

  /** A message that is lost is found out by whoever waits for its answer. */
  #send<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>): void {
    this.#sent++
    this.#transport.request(peer, protocol, body).catch(() => {})
  }

  #settle(call: number, reply: Reply | undefined): void {
    const waiting = this.#waiting.get(call)
    this.#waiting.delete(call)
    waiting?.timer.cancel()
    waiting?.settle(reply)
  }
}

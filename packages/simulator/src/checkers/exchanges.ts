import type { PeerId } from '@cloudpeer/core'
import type { Handler, Protocol, ReplyOf, RequestOf, Transport } from '@cloudpeer/transport'
import { transportAround } from '../cloud/transport-around.ts'

/** One request that a node has answered, when it did. */
export interface Exchanged<P extends Protocol = Protocol> {
  readonly from: PeerId
  readonly to: PeerId
  readonly request: RequestOf<P>
  readonly reply: ReplyOf<P>
}

/** One request as its asker sees it. */
export interface Asked<P extends Protocol = Protocol> {
  readonly from: PeerId
  readonly to: PeerId
  readonly request: RequestOf<P>
  /** When it was sent, in virtual ms. */
  readonly atMs: number
  /** What its messages are counted in: the same for all requests of one operation that counts its messages. */
  readonly count: object | undefined
}

/** A request's reply as it reaches its asker. */
export interface Replied<P extends Protocol = Protocol> extends Asked<P> {
  readonly reply: ReplyOf<P>
}

/** A request's failure as it reaches its asker. */
interface Failed<P extends Protocol = Protocol> extends Asked<P> {
  readonly error: unknown
}

/** What a node publishes to a topic, when it does. */
interface Published {
  readonly from: PeerId
  readonly topic: string
  readonly data: Uint8Array
}

/** Lets checkers see what nodes ask and are asked, and what they answer and are answered, and which topics they use, at the moment when they do. */
export class Exchanges {
  readonly #listeners = new Map<string, ((exchanged: Exchanged) => void)[]>()
  readonly #askers = new Map<string, ((asked: Asked) => void)[]>()
  readonly #repliers = new Map<string, ((replied: Replied) => void)[]>()
  readonly #failers = new Map<string, ((failed: Failed) => void)[]>()
  readonly #publishers: ((published: Published) => void)[] = []
  readonly #connecters: ((peer: PeerId) => void)[] = []
  readonly #topics = new Map<PeerId, Map<string, number>>()

  /** Told of each exchange over `protocol`, anywhere. */
  on<P extends Protocol>(protocol: P, listener: (exchanged: Exchanged<P>) => void): void {
    const listeners = this.#listeners.get(protocol.id) ?? []
    this.#listeners.set(protocol.id, [...listeners, listener as (exchanged: Exchanged) => void])
  }

  /** Told of each request over `protocol` when it is sent, by anybody. */
  onAsked<P extends Protocol>(protocol: P, listener: (asked: Asked<P>) => void): void {
    const listeners = this.#askers.get(protocol.id) ?? []
    this.#askers.set(protocol.id, [...listeners, listener as (asked: Asked) => void])
  }

  /** Told of each reply over `protocol` when it has reached its asker. */
  onReplied<P extends Protocol>(protocol: P, listener: (replied: Replied<P>) => void): void {
    const listeners = this.#repliers.get(protocol.id) ?? []
    this.#repliers.set(protocol.id, [...listeners, listener as (replied: Replied) => void])
  }

  /** Told of each failure of a request over `protocol` when it has reached its asker. */
  onFailed<P extends Protocol>(protocol: P, listener: (failed: Failed<P>) => void): void {
    const listeners = this.#failers.get(protocol.id) ?? []
    this.#failers.set(protocol.id, [...listeners, listener as (failed: Failed) => void])
  }

  /** Told of each message to a topic when it is published, by anybody. */
  onPublished(listener: (published: Published) => void): void {
    this.#publishers.push(listener)
  }

  /** Told of each node that begins to connect to an address. */
  onConnect(listener: (peer: PeerId) => void): void {
    this.#connecters.push(listener)
  }

  /** The topics that a node's present process follows, and since when, in virtual ms. */
  topicsOf(peer: PeerId): ReadonlyMap<string, number> {
    return this.#topics.get(peer) ?? new Map()
  }

  /** The same transport, which is listened to. A handler that answers at once still does. `now` is virtual time. */
  observe(transport: Transport, now: () => number): Transport {
    const topics = new Map<string, number>()
    this.#topics.set(transport.self, topics)
    return transportAround(transport, {
      connect: (address, options) => {
        for (const listener of this.#connecters) listener(transport.self)
        return transport.connect(address, options)
      },
      subscribe: (topic, listener) => {
        const subscription = transport.subscribe(topic, listener)
        topics.set(topic, now())
        return {
          close() {
            topics.delete(topic)
            subscription.close()
          }
        }
      },
      publish: (topic, data) => {
        for (const listener of this.#publishers) listener({ from: transport.self, topic, data })
        return transport.publish(topic, data)
      },
      serve: (protocol, handler) => transport.serve(protocol, this.#overheard(transport.self, protocol, handler)),
      request: (peer, protocol, body, options) => {
        const asked = { from: transport.self, to: peer, request: body, atMs: now(), count: options?.count }
        for (const listener of this.#askers.get(protocol.id) ?? []) listener(asked)
        const replying = transport.request(peer, protocol, body, options)
        const listeners = this.#repliers.get(protocol.id)
        const failers = this.#failers.get(protocol.id)
        if (listeners === undefined && failers === undefined) return replying
        return replying.then(
          (reply) => {
            for (const listener of listeners ?? []) listener({ ...asked, reply })
            return reply
          },
          (error: unknown) => {
            for (const listener of failers ?? []) listener({ ...asked, error })
            throw error
          }
        )
      }
    })
  }

  #overheard<P extends Protocol>(to: PeerId, { id }: P, handler: Handler<P>): Handler<P> {
    return (request, context) => {
      const listeners = this.#listeners.get(id)
      const answered = handler(request, context)
      if (listeners === undefined) return answered
      const tell = (reply: ReplyOf<P>): ReplyOf<P> => {
        for (const listener of listeners) listener({ from: context.from, to, request, reply })
        return reply
      }
      return answered instanceof Promise ? answered.then(tell) : tell(answered)
    }
  }
}

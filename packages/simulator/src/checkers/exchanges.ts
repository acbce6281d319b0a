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

/** Lets checkers see what nodes are asked and what they answer, at the moment when they do. */
export class Exchanges {
  readonly #listeners = new Map<string, ((exchanged: Exchanged) => void)[]>()

  /** Told of each exchange over `protocol`, anywhere. */
  on<P extends Protocol>(protocol: P, listener: (exchanged: Exchanged<P>) => void): void {
    const listeners = this.#listeners.get(protocol.id) ?? []
    this.#listeners.set(protocol.id, [...listeners, listener as (exchanged: Exchanged) => void])
  }

  /** The same transport, whose handlers are listened to. One that answers at once still does. */
  observe(transport: Transport): Transport {
    return transportAround(transport, {
      serve: (protocol, handler) => transport.serve(protocol, this.#overheard(transport.self, protocol, handler))
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

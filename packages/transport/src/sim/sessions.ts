import { Canceller, CloudError, onAbort } from '@cloudpeer/core'
import type { Exchange, OutgoingRequest } from '../exchange/index.ts'
import type { End } from './host.ts'
import { cancelPacket, type Message, type Packet } from './packet.ts'

/** The most requests that may wait for one peer's replies. */
export const pendingPerPeerMax = 1024

/** A request that waits for its reply. */
interface Pending {
  readonly end: End
  resolve(reply: Message): void
  reject(error: CloudError): void
}

/** A request that is being answered. */
interface Serving {
  readonly end: End
  readonly id: number
  readonly canceller: Canceller
}

/**
 * Requests and replies of one node over all its connections, matched by their numbers. A connection costs nothing here while
 * nothing is under way on it: a large network has a million of them.
 */
export class Sessions {
  readonly #exchange: Exchange<Message>
  readonly #pending = new Map<number, Pending>()
  readonly #pendingOf = new Map<End, number>()
  readonly #serving = new Set<Serving>()
  #requests = 0

  constructor(exchange: Exchange<Message>) {
    this.#exchange = exchange
  }

  /** The encoded reply. OVERLOADED, DISCONNECTED, or CANCELLED once the request's canceller aborts. */
  ask(end: End, outgoing: OutgoingRequest<Message>): Promise<Message> {
    const pending = this.#pendingOf.get(end) ?? 0
    if (pending >= pendingPerPeerMax) {
      return Promise.reject(new CloudError('OVERLOADED', { limit: `requests to ${outgoing.peer}`, max: pendingPerPeerMax }))
    }
    return new Promise((resolve, reject) => {
      const request: Packet = { kind: 'request', id: ++this.#requests, name: outgoing.protocol.id, message: outgoing.message }
      this.#pending.set(request.id, { end, resolve, reject })
      this.#pendingOf.set(end, pending + 1)
      onAbort(outgoing.canceller, () => this.#cancel(request))
      end.send(request)
      outgoing.sent()
    })
  }

  received(end: End, packet: Packet): void {
    if (packet.kind === 'request') this.#serve(end, packet)
    else if (packet.kind === 'cancel') this.#cancelled(end, packet.id)
    else this.#settle(packet.id)?.resolve(packet.message)
  }

  /** Ends every request in flight on a connection, here with `error`, at the handlers with their signals. */
  closed(end: End, error: CloudError): void {
    if (this.#pendingOf.has(end)) for (const [id, pending] of [...this.#pending]) if (pending.end === end) this.#settle(id)?.reject(error)
    for (const serving of this.#serving) if (serving.end === end) serving.canceller.abort()
  }

  #serve(end: End, { id, name, message }: Packet): void {
    const canceller = new Canceller()
    const answer = (reply: Message): void => {
      if (!canceller.aborted) end.send({ kind: 'reply', id, name, message: reply })
    }
    const reply = this.#exchange.respond(end.other.host.self, name, message, canceller)
    if (reply instanceof Promise) this.#await({ end, id, canceller }, reply, answer)
    else answer(reply)
  }

  #await(serving: Serving, reply: Promise<Message>, answer: (reply: Message) => void): void {
    this.#serving.add(serving)
    void reply.then((later) => {
      this.#serving.delete(serving)
      answer(later)
    })
  }

  #cancelled(end: End, id: number): void {
    for (const serving of this.#serving) if (serving.end === end && serving.id === id) serving.canceller.abort()
  }

  #cancel(request: Packet): void {
    const pending = this.#settle(request.id)
    if (pending === undefined) return
    pending.reject(new CloudError('CANCELLED'))
    pending.end.send(cancelPacket(request))
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    const others = (this.#pendingOf.get(pending.end) ?? 1) - 1
    if (others > 0) this.#pendingOf.set(pending.end, others)
    else this.#pendingOf.delete(pending.end)
    return pending
  }
}

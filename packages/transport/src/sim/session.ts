import { CloudError } from '@cloudpeer/core'
import type { Exchange, OutgoingRequest } from '../exchange/index.ts'
import type { End } from './host.ts'
import { cancelPacket, type Packet } from './packet.ts'

/** The most requests that may wait for one peer's replies. */
export const pendingPerPeerMax = 1024

interface Pending {
  resolve(reply: Uint8Array): void
  reject(error: CloudError): void
}

/** Requests and replies of one connection, both ways, matched by their numbers. */
export class Session {
  readonly #end: End
  readonly #exchange: Exchange
  readonly #pending = new Map<number, Pending>()
  readonly #serving = new Map<number, AbortController>()
  #requests = 0

  constructor(end: End, exchange: Exchange) {
    this.#end = end
    this.#exchange = exchange
  }

  /** The encoded reply. OVERLOADED, DISCONNECTED, or CANCELLED once the request's signal aborts. */
  ask(outgoing: OutgoingRequest): Promise<Uint8Array> {
    if (this.#pending.size >= pendingPerPeerMax) {
      return Promise.reject(new CloudError('OVERLOADED', { limit: `requests to ${outgoing.peer}`, max: pendingPerPeerMax }))
    }
    return new Promise((resolve, reject) => {
      const request: Packet = { kind: 'request', id: ++this.#requests, name: outgoing.protocol.id, bytes: outgoing.bytes }
      this.#pending.set(request.id, { resolve, reject })
      outgoing.signal.addEventListener('abort', () => this.#cancel(request), { once: true })
      this.#end.send(request)
      outgoing.sent()
    })
  }

  received(packet: Packet): void {
    if (packet.kind === 'request') this.#serve(packet)
    else if (packet.kind === 'cancel') this.#serving.get(packet.id)?.abort()
    else this.#settle(packet.id)?.resolve(packet.bytes)
  }

  /** Ends every request in flight, here with `error`, at the handlers with their signals. */
  closed(error: CloudError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error)
    for (const controller of this.#serving.values()) controller.abort()
  }

  #serve(request: Packet): void {
    const controller = new AbortController()
    this.#serving.set(request.id, controller)
    void this.#exchange.answer(this.#end.other.host.self, request.name, request.bytes, controller.signal).then((bytes) => {
      this.#serving.delete(request.id)
      if (!controller.signal.aborted) this.#end.send({ kind: 'reply', id: request.id, name: request.name, bytes })
    })
  }

  #cancel(request: Packet): void {
    const pending = this.#settle(request.id)
    if (pending === undefined) return
    pending.reject(new CloudError('CANCELLED'))
    this.#end.send(cancelPacket(request))
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }
}

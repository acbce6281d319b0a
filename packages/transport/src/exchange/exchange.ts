import {
  assert,
  type Cancellation,
  type Canceller,
  type Clock,
  CloudError,
  type Deadline,
  isCloudError,
  type Log,
  type Metrics,
  onAbort,
  type PeerId,
  startDeadline
} from '@cloudpeer/core'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Handler, RequestOptions, Subscription } from '../port/transport.ts'
import { abortable } from './abortable.ts'
import { Admission } from './admission.ts'
import type { Codec } from './codec.ts'
import { ServedRequest } from './served-request.ts'
import { Traffic } from './traffic.ts'

/** What an exchange needs of its surroundings. */
export interface ExchangeComponents {
  readonly self: PeerId
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** An encoded request on its way to another peer. */
export interface OutgoingRequest<Message = Uint8Array> {
  readonly peer: PeerId
  readonly protocol: Protocol
  readonly message: Message
  /** Aborts at the time limit and when the caller cancels: nobody waits for the reply any more. */
  readonly canceller: Canceller
  /** To be called once the request is on a connection: from then on it counts as a message. */
  sent(): void
}

/** Brings a request to its peer and the encoded reply back; all that tells one implementation of the port from another. */
export type Carrier<Message = Uint8Array> = (outgoing: OutgoingRequest<Message>) => Promise<Message>

interface Service {
  readonly protocol: Protocol
  readonly handler: Handler<Protocol>
}

/** Stands for every protocol that is not served, so that strangers cannot add label values. */
const unknownProtocol = 'unknown'

/**
 * What every exchange of a request and a reply goes through, over whatever carries the messages: encoded, bounded,
 * validated, limited in rate, counted and timed. Requests to this node itself take the same way, but are neither
 * messages nor limited.
 */
export class Exchange<Message = Uint8Array> {
  readonly #components: ExchangeComponents
  readonly #codec: Codec<Message>
  readonly #carrier: Carrier<Message>
  readonly #services = new Map<string, Service>()
  readonly #admission: Admission
  readonly #traffic: Traffic

  constructor(components: ExchangeComponents, codec: Codec<Message>, carrier: Carrier<Message>) {
    this.#components = components
    this.#codec = codec
    this.#carrier = carrier
    this.#admission = new Admission(components.self)
    this.#traffic = new Traffic(components.metrics)
  }

  /** Answers a protocol with `handler` until the subscription is closed. */
  serve<P extends Protocol>(protocol: P, handler: Handler<P>): Subscription {
    assert(!this.#services.has(protocol.id), `${protocol.id} is served twice`)
    this.#services.set(protocol.id, { protocol, handler: handler as unknown as Handler<Protocol> })
    return { close: () => void this.#services.delete(protocol.id) }
  }

  /** Asks a peer; see the port for the errors. */
  request<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>, options: RequestOptions = {}): Promise<ReplyOf<P>> {
    // One promise in place of a chain of them: this is where a busy node spends its time.
    return new Promise((resolve, reject) => {
      const { clock, self } = this.#components
      const message = this.#codec.encodeRequest(protocol, body)
      const timeoutMs = options.timeoutMs ?? protocol.timeoutMs
      if (options.signal?.aborted) return reject(new CloudError('CANCELLED'))
      const deadline = startDeadline(clock, timeoutMs, options.signal)
      const startedAt = clock.now()
      const end = (): void => {
        deadline.clear()
        forget()
        this.#traffic.answered(protocol.id, clock.now() - startedAt)
      }
      const fail = (error: unknown): void => {
        end()
        reject(error)
      }
      const forget = onAbort(deadline.canceller, () =>
        fail(deadline.expired ? new CloudError('TIMED_OUT', { operation: protocol.id, timeoutMs, peer }) : new CloudError('CANCELLED'))
      )
      const take = (reply: Message): void => {
        if (deadline.canceller.aborted) return
        try {
          if (peer !== self) this.#received(protocol, reply, options)
          resolve(this.#codec.decodeReply(protocol, reply))
          end()
        } catch (error) {
          fail(error)
        }
      }
      const reply = peer === self ? this.#answerSelf(protocol, message, deadline) : this.#carry(peer, protocol, message, deadline, options)
      reply.then(take, (error: unknown) => {
        if (!deadline.canceller.aborted) fail(error)
      })
    })
  }

  /**
   * The encoded reply to a request that `from` sent, or the failure in its place. Never rejects. Abort `gone` when the
   * requester has gone or has cancelled; the reply is then for nobody.
   */
  async answer(from: PeerId, protocolId: string, message: Message, gone: Cancellation): Promise<Message> {
    return this.respond(from, protocolId, message, gone)
  }

  /** As {@link answer}, and at once where the handler does not wait. */
  respond(from: PeerId, protocolId: string, message: Message, gone: Cancellation): Message | Promise<Message> {
    const service = this.#services.get(protocolId)
    const name = service?.protocol.id ?? unknownProtocol
    this.#traffic.received(name, this.#codec.sizeOf(message))
    const reply = this.#admitted(from, protocolId, service, message, gone)
    if (reply instanceof Promise) return reply.then((later) => this.#sent(name, later, gone))
    return this.#sent(name, reply, gone)
  }

  /** The encoded reply to something from a peer that never became a request: counts it under its code. */
  refuse(error: CloudError): Message {
    this.#traffic.refused(error.code)
    return this.#codec.encodeFailure(error)
  }

  #carry(peer: PeerId, protocol: Protocol, message: Message, { canceller }: Deadline, { count }: RequestOptions): Promise<Message> {
    const sent = (): void => {
      this.#traffic.sent(protocol.id, this.#codec.sizeOf(message))
      if (count) count.messages++
    }
    return this.#carrier({ peer, protocol, message, canceller, sent })
  }

  #received({ id }: Protocol, reply: Message, { count }: RequestOptions): void {
    this.#traffic.received(id, this.#codec.sizeOf(reply))
    if (count) count.messages++
  }

  #sent(name: string, reply: Message, gone: Cancellation): Message {
    if (!gone.aborted) this.#traffic.sent(name, this.#codec.sizeOf(reply))
    return reply
  }

  async #answerSelf(protocol: Protocol, message: Message, { canceller }: Deadline): Promise<Message> {
    const service = this.#services.get(protocol.id)
    if (service === undefined) return this.#codec.encodeFailure(this.#notServed(protocol.id))
    return this.#handle(service, this.#components.self, this.#codec.decodeRequest(service.protocol, message), canceller)
  }

  #admitted(from: PeerId, id: string, service: Service | undefined, message: Message, gone: Cancellation): Message | Promise<Message> {
    try {
      if (service === undefined) throw this.#notServed(id)
      this.#admission.admit(from, service.protocol, this.#components.clock.now())
    } catch (error) {
      return this.#refused(error)
    }
    const release = (): void => this.#admission.release(from)
    const reply = this.#decodedAndHandled(service, from, message, gone)
    if (reply instanceof Promise) return reply.finally(release)
    release()
    return reply
  }

  #decodedAndHandled(service: Service, from: PeerId, message: Message, gone: Cancellation): Message | Promise<Message> {
    try {
      return this.#handle(service, from, this.#codec.decodeRequest(service.protocol, message), gone)
    } catch (error) {
      return this.#refused(error)
    }
  }

  #handle({ protocol, handler }: Service, from: PeerId, body: RequestOf<Protocol>, gone: Cancellation): Message | Promise<Message> {
    const request = new ServedRequest(from, () => startDeadline(this.#components.clock, protocol.timeoutMs, gone))
    try {
      const result = handler(body, request)
      if (result instanceof Promise) return this.#awaited(protocol, request, result)
      request.end()
      return this.#codec.encodeReply(protocol, result)
    } catch (error) {
      request.end()
      return this.#failed(protocol, from, error)
    }
  }

  async #awaited(protocol: Protocol, request: ServedRequest, result: Promise<ReplyOf<Protocol>>): Promise<Message> {
    try {
      return this.#codec.encodeReply(protocol, await abortable(request.deadline.canceller, result, () => timedOut(protocol)))
    } catch (error) {
      return this.#failed(protocol, request.from, error)
    } finally {
      request.end()
    }
  }

  #failed({ id }: Protocol, from: PeerId, error: unknown): Message {
    if (!isCloudError(error)) this.#components.log.error('a handler failed', { protocol: id, from, error })
    return this.#codec.encodeFailure(error)
  }

  #refused(error: unknown): Message {
    assert(error instanceof CloudError, 'only a CloudError refuses a request')
    return this.refuse(error)
  }

  #notServed(id: string): CloudError {
    return new CloudError('NOT_SERVED', { peer: this.#components.self, protocol: id.slice(0, 128) })
  }
}

function timedOut({ id, timeoutMs }: Protocol): CloudError {
  return new CloudError('TIMED_OUT', { operation: id, timeoutMs })
}

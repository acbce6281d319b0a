import { assert, type Clock, CloudError, isCloudError, type Log, type Metrics, type PeerId, startDeadline } from '@cloudpeer/core'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import type { Handler, RequestOptions, Subscription } from '../port/transport.ts'
import { abortable } from './abortable.ts'
import { Admission } from './admission.ts'
import { decodeReply, decodeRequest, encodeFailure, encodeReply, encodeRequest } from './envelope.ts'
import { Traffic } from './traffic.ts'

/** What an exchange needs of its surroundings. */
export interface ExchangeComponents {
  readonly self: PeerId
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** An encoded request on its way to another peer. */
export interface OutgoingRequest {
  readonly peer: PeerId
  readonly protocol: Protocol
  readonly bytes: Uint8Array
  /** Aborts at the time limit and when the caller cancels: nobody waits for the reply any more. */
  readonly signal: AbortSignal
  /** To be called once the request is on a connection: from then on it counts as a message. */
  sent(): void
}

/** Brings a request to its peer and the encoded reply back; all that tells one implementation of the port from another. */
export type Carrier = (outgoing: OutgoingRequest) => Promise<Uint8Array>

interface Service {
  readonly protocol: Protocol
  readonly handler: Handler<Protocol>
}

/** Stands for every protocol that is not served, so that strangers cannot add label values. */
const unknownProtocol = 'unknown'

/**
 * What every exchange of a request and a reply goes through, over whatever carries the bytes: encoded, bounded,
 * validated, limited in rate, counted and timed. Requests to this node itself take the same way, but are neither
 * messages nor limited.
 */
export class Exchange {
  readonly #components: ExchangeComponents
  readonly #carrier: Carrier
  readonly #services = new Map<string, Service>()
  readonly #admission: Admission
  readonly #traffic: Traffic

  constructor(components: ExchangeComponents, carrier: Carrier) {
    this.#components = components
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
  async request<P extends Protocol>(peer: PeerId, protocol: P, body: RequestOf<P>, options: RequestOptions = {}): Promise<ReplyOf<P>> {
    const { clock, self } = this.#components
    const bytes = encodeRequest(protocol, body)
    const timeoutMs = options.timeoutMs ?? protocol.timeoutMs
    const deadline = startDeadline(clock, timeoutMs, options.signal)
    const startedAt = clock.now()
    try {
      const reply =
        peer === self
          ? this.#answerSelf(protocol, bytes, deadline.signal)
          : this.#carry({ peer, protocol, bytes, signal: deadline.signal }, options)
      const envelope = await abortable(deadline.signal, reply, () =>
        deadline.expired ? new CloudError('TIMED_OUT', { operation: protocol.id, timeoutMs, peer }) : new CloudError('CANCELLED')
      )
      return decodeReply(protocol, envelope)
    } finally {
      deadline.clear()
      this.#traffic.answered(protocol.id, clock.now() - startedAt)
    }
  }

  /**
   * The encoded reply to a request that `from` sent: `{ok}` or `{error}`. Never rejects. Abort `signal` when the
   * requester has gone or has cancelled; the reply is then for nobody.
   */
  async answer(from: PeerId, protocolId: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const service = this.#services.get(protocolId)
    const name = service?.protocol.id ?? unknownProtocol
    this.#traffic.received(name, bytes.length)
    const reply = await this.#answerAdmitted(from, protocolId, service, bytes, signal)
    if (!signal.aborted) this.#traffic.sent(name, reply.length)
    return reply
  }

  /** The encoded reply to something from a peer that never became a request: counts it under its code. */
  refuse(error: CloudError): Uint8Array {
    this.#traffic.refused(error.code)
    return encodeFailure(error)
  }

  async #carry(request: Omit<OutgoingRequest, 'sent'>, { count }: RequestOptions): Promise<Uint8Array> {
    const { id } = request.protocol
    const reply = await this.#carrier({
      ...request,
      sent: () => {
        this.#traffic.sent(id, request.bytes.length)
        if (count) count.messages++
      }
    })
    if (request.signal.aborted) return reply
    this.#traffic.received(id, reply.length)
    if (count) count.messages++
    return reply
  }

  async #answerSelf(protocol: Protocol, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const service = this.#services.get(protocol.id)
    if (service === undefined) return encodeFailure(this.#notServed(protocol.id))
    return this.#handle(service, this.#components.self, decodeRequest(service.protocol, bytes), signal)
  }

  async #answerAdmitted(
    from: PeerId,
    id: string,
    service: Service | undefined,
    bytes: Uint8Array,
    signal: AbortSignal
  ): Promise<Uint8Array> {
    try {
      if (service === undefined) throw this.#notServed(id)
      this.#admission.admit(from, service.protocol, this.#components.clock.now())
    } catch (error) {
      return this.#refused(error)
    }
    try {
      return await this.#handle(service, from, decodeRequest(service.protocol, bytes), signal)
    } catch (error) {
      return this.#refused(error)
    } finally {
      this.#admission.release(from)
    }
  }

  async #handle({ protocol, handler }: Service, from: PeerId, body: RequestOf<Protocol>, signal: AbortSignal): Promise<Uint8Array> {
    const { clock, log } = this.#components
    const deadline = startDeadline(clock, protocol.timeoutMs, signal)
    try {
      const result = handler(body, { from, signal: deadline.signal })
      const reply = result instanceof Promise ? await abortable(deadline.signal, result, () => timedOut(protocol)) : result
      return encodeReply(protocol, reply)
    } catch (error) {
      if (!isCloudError(error)) log.error('a handler failed', { protocol: protocol.id, from, error })
      return encodeFailure(error)
    } finally {
      deadline.clear()
    }
  }

  #refused(error: unknown): Uint8Array {
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

import { type Clock, CloudError, errorMessage, isCloudError, onAbort, type PeerId, type Timer } from '@cloudpeer/core'
import type { Stream, StreamCloseEvent } from '@libp2p/interface'
import type { OutgoingRequest } from '../exchange/exchange.ts'
import type { Lane } from '../port/protocol.ts'
import {
  decodeFrame,
  encodeCancel,
  encodeHello,
  encodeLast,
  encodeReplyFrame,
  encodeRequestFrame,
  type Frame,
  type Hello
} from './frame.ts'
import { createFrameDecoder } from './frame-decoder.ts'
import { FrameWriter } from './frame-writer.ts'
import { backlogBytesMax, frameBytesMax, frameTimeoutMs, pendingPerChannelMax } from './limits.ts'
import { withRareWindowUpdates } from './rare-window-updates.ts'

/** The version of the session protocol that this code speaks. */
const sessionVersion = 1

/** What a channel needs of the node that it belongs to. */
export interface ChannelOwner {
  readonly self: PeerId
  readonly clock: Clock
  readonly network: string
  /** The encoded reply to a request. Never rejects. */
  answer(from: PeerId, protocol: string, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
  /** The encoded refusal of a reply that does not fit into the backlog. */
  refuse(error: CloudError): Uint8Array
  /** A round trip to `peer` was measured, without the time that the peer held the request. */
  measured(peer: PeerId, roundTripMs: number): void
}

interface PendingRequest {
  readonly sentAt: number
  readonly resolve: (reply: Uint8Array) => void
  readonly reject: (error: Error) => void
}

/**
 * One stream of a session: many requests in both directions at once. It is open for requests from its creation, without
 * waiting for the peer's hello, and until one end has said that it sends no more; then it serves until nothing is left.
 */
export class Channel {
  readonly peer: PeerId
  /** Resolves with the peer's hello; rejects with WRONG_NETWORK, TIMED_OUT, DISCONNECTED or what was wrong with it. */
  readonly greeted: Promise<Hello>
  /** Resolves when the stream has ended, whatever the reason. */
  readonly closed: Promise<void>

  readonly #stream: Stream
  readonly #owner: ChannelOwner
  readonly #writer: FrameWriter
  readonly #greeting = Promise.withResolvers<Hello>()
  readonly #closing = Promise.withResolvers<void>()
  readonly #openedAt: number
  readonly #greetingTimer: Timer
  readonly #pending = new Map<number, PendingRequest>()
  readonly #serving = new Map<number, AbortController>()
  #lastId = 0
  #hello: Hello | undefined
  #retired = false
  #peerRetired = false
  #failure: CloudError | undefined

  /** Takes over a stream: one that was opened here for `lane`, or one that the peer opened, whose hello tells the lane. */
  constructor(stream: Stream, peer: PeerId, owner: ChannelOwner, lane?: Lane) {
    this.peer = peer
    this.#stream = withRareWindowUpdates(stream)
    this.#owner = owner
    this.#writer = new FrameWriter(stream)
    this.#openedAt = owner.clock.now()
    this.greeted = this.#greeting.promise
    // Whoever waits for the greeting hears of it; a channel that nobody waits for may fail unheard.
    this.greeted.catch(() => {})
    this.closed = this.#closing.promise
    this.#greetingTimer = owner.clock.schedule(frameTimeoutMs, () =>
      this.abort(new CloudError('TIMED_OUT', { operation: 'the hello of a session', timeoutMs: frameTimeoutMs }))
    )
    this.#listen()
    if (lane) this.#greet(lane)
  }

  /** Whether the peer's hello is here. */
  get hasGreeted(): boolean {
    return this.#hello !== undefined
  }

  /** Whether new requests may be sent here. */
  get open(): boolean {
    return !this.#retired && this.#failure === undefined
  }

  /** Sends a request. Rejects with OVERLOADED, DISCONNECTED, or why the channel was aborted. */
  request({ protocol, message: bytes, canceller, sent }: OutgoingRequest): Promise<Uint8Array> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (canceller.aborted) return Promise.reject(new CloudError('CANCELLED'))
    if (this.#pending.size >= pendingPerChannelMax) return Promise.reject(overloaded('requests pending to one peer', pendingPerChannelMax))
    if (this.#writer.backlogBytes + bytes.length > backlogBytesMax)
      return Promise.reject(overloaded('bytes unsent to one peer', backlogBytesMax))
    const id = this.#nextId()
    return new Promise((resolve, reject) => {
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          forget()
          this.#pending.delete(id)
          then(value)
          this.#closeWhenDone()
        }
      this.#pending.set(id, { sentAt: this.#owner.clock.now(), resolve: settle(resolve), reject: settle(reject) })
      const forget = onAbort(canceller, () => this.#cancel(id))
      this.#writer.write(encodeRequestFrame(id, protocol.id, bytes))
      sent()
    })
  }

  /** Sends no more requests here, and ends the stream when neither end needs it any more. */
  retire(): void {
    if (this.#retired || this.#failure) return
    this.#retired = true
    this.#writer.write(encodeLast())
    this.#closeWhenDone()
  }

  /** Ends the stream at once: pending requests reject with `error`, the signals of requests being served abort. */
  abort(error: CloudError): void {
    this.#fail(error)
    this.#stream.abort(error)
  }

  #listen(): void {
    const decoder = createFrameDecoder(frameBytesMax, 'frame')
    this.#stream.addEventListener('message', ({ data }) => {
      try {
        for (const bytes of decoder.decode(data)) {
          if (this.#failure) return
          this.#receive(decodeFrame(bytes.subarray()))
        }
      } catch (error) {
        this.#refuse(error)
      }
    })
    this.#stream.addEventListener('remoteCloseWrite', () => this.#end())
    this.#stream.addEventListener('close', (event) => this.#end(event))
  }

  #refuse(error: unknown): void {
    const refusal = isCloudError(error) ? error : malformed(errorMessage(error))
    this.#owner.refuse(refusal)
    this.abort(refusal)
  }

  #receive(frame: Frame): void {
    const greets = frame.kind === 'hello'
    if (greets === (this.#hello !== undefined)) throw malformed(greets ? 'it is a second hello' : 'it came before the hello')
    if (frame.kind === 'hello') this.#greeted(frame.hello)
    else if (frame.kind === 'request') void this.#serve(frame.id, frame.protocol, frame.body)
    else if (frame.kind === 'reply') this.#replied(frame.id, frame.heldMs, frame.body)
    else if (frame.kind === 'cancel') this.#serving.get(frame.id)?.abort()
    else this.#peerLast()
  }

  #greet(lane: Lane): void {
    this.#writer.write(encodeHello({ version: sessionVersion, network: this.#owner.network, lane }))
  }

  #greeted(hello: Hello): void {
    const { clock, network } = this.#owner
    const openedHere = this.#stream.direction === 'outbound'
    if (!openedHere) this.#greet(hello.lane)
    if (hello.network !== network) {
      // No reset: it could overtake our hello, and the peer would not know why.
      this.#fail(new CloudError('WRONG_NETWORK', { network: hello.network, expected: network }))
      return
    }
    this.#hello = hello
    this.#greetingTimer.cancel()
    if (openedHere) this.#owner.measured(this.peer, clock.now() - this.#openedAt)
    this.#greeting.resolve(hello)
  }

  #replied(id: number, heldMs: number, body: Uint8Array): void {
    const pending = this.#pending.get(id)
    // A reply that nobody waits for any more crossed with its cancellation.
    if (pending === undefined) return
    const elapsedMs = this.#owner.clock.now() - pending.sentAt
    if (this.#hello?.lane === 'control') this.#owner.measured(this.peer, Math.max(0, elapsedMs - heldMs))
    pending.resolve(body)
  }

  async #serve(id: number, protocol: string, body: Uint8Array): Promise<void> {
    if (this.#serving.has(id)) return this.#refuse(malformed(`request ${id} is being answered`))
    const { clock } = this.#owner
    const receivedAt = clock.now()
    const controller = new AbortController()
    this.#serving.set(id, controller)
    const reply = await this.#owner.answer(this.peer, protocol, body, controller.signal)
    this.#serving.delete(id)
    if (!controller.signal.aborted) this.#writer.write(encodeReplyFrame(id, clock.now() - receivedAt, this.#fitting(protocol, reply)))
    this.#closeWhenDone()
  }

  /** The reply, or BUSY in its place for a peer that asks faster than it reads; one that reads nothing is cut off. */
  #fitting(protocol: string, reply: Uint8Array): Uint8Array {
    const backlog = this.#writer.backlogBytes
    if (backlog + reply.length <= backlogBytesMax) return reply
    const busy = new CloudError('BUSY', { peer: this.#owner.self, protocol, retryAfterMs: 1000 })
    if (backlog > 2 * backlogBytesMax) this.abort(busy)
    return this.#owner.refuse(busy)
  }

  #cancel(id: number): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#writer.write(encodeCancel(id))
    pending.reject(new CloudError('CANCELLED'))
  }

  #peerLast(): void {
    this.#peerRetired = true
    this.retire()
    this.#closeWhenDone()
  }

  #closeWhenDone(): void {
    if (!this.#retired || !this.#peerRetired || this.#failure || this.#pending.size > 0 || this.#serving.size > 0) return
    this.#writer.flush()
    // Rejects with an event or an error when the stream ends first, which is what it was to do.
    this.#stream.close().catch(() => {})
  }

  /** The peer has closed its side, or the stream has ended: nobody answers here any more. */
  #end(event?: StreamCloseEvent): void {
    this.#fail(new CloudError('DISCONNECTED', { peer: this.peer }, { cause: event?.error }))
    if (event) this.#closing.resolve()
    else this.#stream.close().catch(() => {})
  }

  #fail(error: CloudError): void {
    if (this.#failure) return
    this.#failure = error
    this.#greetingTimer.cancel()
    this.#greeting.reject(error)
    for (const { reject } of [...this.#pending.values()]) reject(error)
    for (const controller of this.#serving.values()) controller.abort()
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0
    while (this.#pending.has(this.#lastId))
    return this.#lastId
  }
}

function overloaded(limit: string, max: number): CloudError {
  return new CloudError('OVERLOADED', { limit, max })
}

function malformed(problem: string): CloudError {
  return new CloudError('MALFORMED', { field: 'frame', problem })
}

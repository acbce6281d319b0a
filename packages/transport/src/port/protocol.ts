import { assert, type Rate, type Validator, validator } from '@cloudpeer/core'
import type { Static, TSchema } from 'typebox'

/** The two streams of a session: a probe never waits behind a page. */
export type Lane = 'control' | 'bulk'

/** How a protocol is declared; see {@link Protocol}. */
export interface ProtocolInit<Request extends TSchema, Reply extends TSchema> {
  /** `/cloudpeer/<feature>/<name>/<major>`. */
  readonly id: string
  readonly request: Request
  readonly reply: Reply
  /** Largest encoded request, in bytes; at most {@link messageBytesMax}. */
  readonly requestBytesMax: number
  /** Largest encoded reply, in bytes; at most {@link messageBytesMax}. */
  readonly replyBytesMax: number
  /** Requests that one peer may send. */
  readonly rate: Rate
  /** Which stream of a session carries it. */
  readonly lane: Lane
  /** How long a request may take, in ms, unless the caller says otherwise. */
  readonly timeoutMs: number
}

/**
 * A protocol as a value: one request, one reply, both in deterministic CBOR. The transport encodes, bounds, validates,
 * limits, counts and times every protocol in one place.
 */
export interface Protocol<Request extends TSchema = TSchema, Reply extends TSchema = TSchema>
  extends Omit<ProtocolInit<Request, Reply>, 'request' | 'reply'> {
  readonly request: Validator<Request>
  readonly reply: Validator<Reply>
}

/** A message as both ends see it: nobody changes what was sent. */
type Frozen<T> = T extends Uint8Array ? T : { readonly [K in keyof T]: Frozen<T[K]> }

/** The value that a protocol's requester sends. */
export type RequestOf<P> = P extends Protocol<infer Request, TSchema> ? Frozen<Static<Request>> : never

/** The value that a protocol's server answers. */
export type ReplyOf<P> = P extends Protocol<TSchema, infer Reply> ? Frozen<Static<Reply>> : never

/** The largest message that any protocol may declare: what a peer can make us hold before we know what it is. */
export const messageBytesMax = 1024 * 1024

/** Declares a protocol. */
export function defineProtocol<Request extends TSchema, Reply extends TSchema>(
  init: ProtocolInit<Request, Reply>
): Protocol<Request, Reply> {
  assert(/^\/cloudpeer(\/[a-z-]+)+\/\d+$/.test(init.id), `${init.id} is not a protocol id`)
  assert(Math.max(init.requestBytesMax, init.replyBytesMax) <= messageBytesMax, `${init.id} declares too large a message`)
  return { ...init, request: validator(init.request), reply: validator(init.reply) }
}

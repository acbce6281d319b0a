import { type Handler, messageBytesMax, type Protocol, type RequestContext, type Transport } from '@cloudpeer/transport'
import { transportAround } from '../cloud/transport-around.ts'
import { anything } from './raw-protocol.ts'

/** What becomes of a request: `answer` gives the honest reply; a lie may change it, never ask for it, take its time, or throw. */
export type Lie = (answer: () => Promise<unknown>, request: unknown, context: RequestContext) => unknown

/** Lies by the id of the protocol that they answer. */
export type Lies = Readonly<Record<string, Lie>>

/** A transport whose owner serves some protocols with lies, which nothing checks before they are sent. */
export function createLyingTransport(transport: Transport, lies: Lies): Transport {
  return transportAround(transport, {
    serve(protocol, handler) {
      const lie = lies[protocol.id]
      if (lie === undefined) return transport.serve(protocol, handler)
      const lying: Protocol = { ...protocol, reply: anything, replyBytesMax: messageBytesMax }
      const honest = handler as unknown as Handler<Protocol>
      return transport.serve(lying, async (body, context) => lie(async () => honest(body, context), body, context))
    }
  })
}

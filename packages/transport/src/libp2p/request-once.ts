import { type Clock, CloudError, type PeerId, startDeadline } from '@cloudpeer/core'
import { type Libp2p, UnsupportedProtocolError } from '@libp2p/interface'
import { createLibp2p } from 'libp2p'
import { decodeReply, encodeRequest } from '../exchange/envelope.ts'
import { abortable } from '../exchange/index.ts'
import type { Protocol, ReplyOf, RequestOf } from '../port/protocol.ts'
import { dialableAddress } from './addresses.ts'
import { failureFrom } from './failure.ts'
import { connectionStack } from './node.ts'
import { askPlainStream } from './plain-stream.ts'

/** How a single request is made. */
export interface RequestOnceOptions {
  readonly clock: Clock
  /** Ends the request with CANCELLED. */
  readonly signal?: AbortSignal
  /** From the dial to the reply, in ms; the protocol's time limit without it. */
  readonly timeoutMs?: number
}

/**
 * Asks the node at a multiaddr one request, and is gone again: how a machine that does not know its network yet asks for
 * its description. It has a key of the moment, listens nowhere and takes part in nothing. BAD_ADDRESS, REFUSED,
 * UNREACHABLE, TIMED_OUT, NOT_SERVED, CANCELLED, or what the handler threw.
 */
export async function requestOnce<P extends Protocol>(
  address: string,
  protocol: P,
  body: RequestOf<P>,
  { clock, signal, timeoutMs = protocol.timeoutMs }: RequestOnceOptions
): Promise<{ readonly peer: PeerId; readonly reply: ReplyOf<P> }> {
  const target = dialableAddress(address)
  const request = encodeRequest(protocol, body)
  const deadline = startDeadline(clock, timeoutMs, signal)
  const node = await createLibp2p({ ...connectionStack(), connectionMonitor: { enabled: false } })
  try {
    const { peer, reply } = await abortable(deadline.signal, ask(node, target, protocol.id, request, deadline.signal), () =>
      deadline.expired ? new CloudError('TIMED_OUT', { operation: protocol.id, timeoutMs, peer: address }) : new CloudError('CANCELLED')
    )
    return { peer, reply: decodeReply(protocol, reply) }
  } catch (error) {
    if (error instanceof UnsupportedProtocolError)
      throw new CloudError('NOT_SERVED', { peer: address, protocol: protocol.id }, { cause: error })
    throw failureFrom(error, address, timeoutMs)
  } finally {
    deadline.clear()
    await node.stop()
  }
}

async function ask(
  node: Libp2p,
  target: ReturnType<typeof dialableAddress>,
  protocol: string,
  request: Uint8Array,
  signal: AbortSignal
): Promise<{ readonly peer: PeerId; readonly reply: Uint8Array }> {
  const connection = await node.dial(target, { signal })
  const stream = await connection.newStream(protocol, { signal })
  const peer = connection.remotePeer.toString() as PeerId
  return { peer, reply: await askPlainStream(stream, peer, request, signal) }
}

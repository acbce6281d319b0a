import { type Clock, CloudError, isCloudError, type PeerId, type Timer } from '@cloudpeer/core'
import type { Stream } from '@libp2p/interface'
import { messageStreamToDuplex } from '@libp2p/utils'
import { pipe } from 'it-pipe'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Exchange } from '../exchange/exchange.ts'
import type { Protocol } from '../port/protocol.ts'
import { errorFrom } from './failure.ts'
import { createFrameDecoder, lengthPrefix } from './frame-decoder.ts'
import { frameBytesMax, frameTimeoutMs } from './limits.ts'

type Chunks = AsyncIterable<Uint8Array | Uint8ArrayList>

/**
 * Answers one request on a stream of its own: a length-prefixed request, a length-prefixed reply envelope, end. Whoever
 * speaks libp2p can ask like this; nodes among themselves use sessions.
 */
export async function answerPlainStream(stream: Stream, from: PeerId, protocol: Protocol, exchange: Exchange, clock: Clock): Promise<void> {
  const gone = new AbortController()
  const patience = createPatience(stream, clock)
  stream.addEventListener('close', () => {
    patience.end()
    gone.abort()
  })
  async function answer(requests: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    try {
      const request = await only(requests, new CloudError('MALFORMED', { field: 'request', problem: 'the stream ended within it' }))
      patience.end()
      return await exchange.answer(from, protocol.id, request, gone.signal)
    } catch (error) {
      if (!isCloudError(error)) throw error
      return exchange.refuse(error)
    }
  }
  async function* answered(requests: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reply = await answer(requests)
    // A requester that does not read its reply, or does not close its end after it, is not waited for.
    patience.begin()
    yield reply
  }
  patience.begin()
  const { source, sink } = messageStreamToDuplex(stream)
  try {
    await pipe(source as Chunks, oneFrame(stream, protocol.requestBytesMax, 'request'), answered, framed, sink)
  } catch (error) {
    stream.abort(errorFrom(error))
  }
}

/** Asks one request on a stream of its own, and returns the encoded reply envelope; DISCONNECTED if the stream ends before it. */
export async function askPlainStream(stream: Stream, peer: PeerId, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const abort = (): void => stream.abort(new Error('nobody waits for the reply any more'))
  signal.addEventListener('abort', abort, { once: true })
  const { source, sink } = messageStreamToDuplex(stream)
  try {
    const [reply] = await Promise.all([
      pipe(source as Chunks, oneFrame(stream, frameBytesMax, 'reply'), (frames) => only(frames, new CloudError('DISCONNECTED', { peer }))),
      pipe([request], framed, sink)
    ])
    return reply
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The first frame of what arrives. Nothing more is taken from the stream then, so a sender cannot fill our memory. */
function oneFrame(stream: Stream, bytesMax: number, field: string): (chunks: Chunks) => AsyncGenerator<Uint8Array> {
  const decoder = createFrameDecoder(bytesMax, field)
  return async function* (chunks) {
    for await (const chunk of chunks) {
      for (const frame of decoder.decode(chunk)) {
        if (stream.readStatus === 'readable') stream.pause()
        return yield frame.subarray()
      }
    }
  }
}

async function* framed(messages: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8ArrayList> {
  for await (const message of messages) yield new Uint8ArrayList(lengthPrefix(message.length), message)
}

async function only(frames: AsyncIterable<Uint8Array>, missing: CloudError): Promise<Uint8Array> {
  for await (const frame of frames) return frame
  throw missing
}

/** Resets a stream whose other end lets us wait longer than {@link frameTimeoutMs}. */
function createPatience(stream: Stream, clock: Clock): { begin(): void; end(): void } {
  let timer: Timer | undefined
  const lost = (): void => stream.abort(new CloudError('TIMED_OUT', { operation: 'a plain stream', timeoutMs: frameTimeoutMs }))
  return {
    begin() {
      timer?.cancel()
      if (stream.status === 'open') timer = clock.schedule(frameTimeoutMs, lost)
    },
    end: () => timer?.cancel()
  }
}

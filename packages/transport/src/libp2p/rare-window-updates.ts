import type { Stream } from '@libp2p/interface'

/** What a yamux stream of @chainsafe/libp2p-yamux 8 has beside the interface. */
interface Windowed {
  /** Bytes that the peer may send before an update, when none are outstanding. */
  readonly recvWindow: number
  /** Bytes of these that it has not sent yet. */
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/**
 * Lets an open yamux stream tell the peer of freed window only when half of it is used, as the Go implementation does,
 * and not after each frame: that would answer every small message with another one. A stream of another muxer stays as it is.
 */
export function withRareWindowUpdates(stream: Stream): Stream {
  if (!isWindowed(stream)) return stream
  const sendWindowUpdate = stream.sendWindowUpdate.bind(stream)
  return Object.assign(stream, {
    sendWindowUpdate: () => {
      if (stream.recvWindowCapacity < stream.recvWindow / 2) sendWindowUpdate()
    }
  })
}

function isWindowed(stream: object): stream is Stream & Windowed {
  const { recvWindow, recvWindowCapacity, sendWindowUpdate } = stream as Partial<Windowed>
  return typeof recvWindow === 'number' && typeof recvWindowCapacity === 'number' && typeof sendWindowUpdate === 'function'
}

import type { PeerId } from '@cloudpeer/core'

/** What travels over a connection; `bytes` is the encoded body as a real wire would carry it. */
export interface Packet {
  readonly kind: 'request' | 'reply' | 'cancel' | 'topic' | 'close'
  /** The number of the request on its connection, or of the topic's message in the network. */
  readonly id: number
  /** Protocol id or topic. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Who published a topic's message. */
  readonly publisher?: PeerId
}

const noBytes = new Uint8Array()

/** The last packet of a connection. */
export const closePacket: Packet = { kind: 'close', id: 0, name: 'close', bytes: noBytes }

/** Tells the peer that nobody waits for a reply any more. */
export function cancelPacket(request: Packet): Packet {
  return { kind: 'cancel', id: request.id, name: request.name, bytes: noBytes }
}

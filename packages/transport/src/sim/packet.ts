import type { PassedValue } from '../exchange/index.ts'

/** What a packet carries: bytes as a real wire would, or a value that is passed within the process. */
export type Message = Uint8Array | PassedValue

/** What travels over a connection. */
export interface Packet {
  readonly kind: 'request' | 'reply' | 'cancel' | 'topic' | 'close'
  /** The number of the request at its requester, or of the topic's message in the network. */
  readonly id: number
  /** Protocol id or topic. */
  readonly name: string
  /** The encoded body. */
  readonly message: Message
}

const noBytes = new Uint8Array()

/** The last packet of a connection. */
export const closePacket: Packet = { kind: 'close', id: 0, name: 'close', message: noBytes }

/** Tells the peer that nobody waits for a reply any more. */
export function cancelPacket(request: Packet): Packet {
  return { kind: 'cancel', id: request.id, name: request.name, message: noBytes }
}
